package dev.penstock.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FindingsTest {

    @Test
    void addsUpRounds() {
        var sum = new Findings();
        sum.add(round(Verdict.WHOLE, 1_000));
        sum.add(round(Verdict.WHOLE, 3_000));
        assertThat(sum.allWhole()).isTrue();
        assertThat(sum.requests()).isEqualTo(2);
        assertThat(sum.requestsPerSecond()).isEqualTo(0.5);
        assertThat(sum.tokensPerSecond()).isEqualTo(5);
        assertThat(sum.cpuMillisPerRequest()).isEqualTo(30);
        assertThat(sum.cpuMillisPerThousandTokens()).isEqualTo(3_000);
        assertThat(sum.used().peakMiB()).isEqualTo(100);
        assertThat(sum.total.getMaxValue()).isBetween(3_000L, 3_001L);
    }

    @Test
    void namesWhatWasNotWhole() {
        var sum = round(Verdict.WHOLE, 1_000);
        sum.add(round(Verdict.OUT_OF_ORDER, 1_000));
        sum.add(round(Verdict.LOST, 1_000));
        assertThat(sum.allWhole()).isFalse();
        assertThat(sum.losses()).isEqualTo("1 lost, 1 out of order");
    }

    @Test
    void aBenchWithoutRequestsFails() {
        assertThat(new Findings().allWhole()).isFalse();
    }

    @Test
    void readsTheCpuAndMemoryOfAProcess() {
        var used = new Footprint(ProcessHandle.current().pid()).used();
        assertThat(used.cpuMillis()).isNotNegative();
        assertThat(used.residentMiB()).isPositive();
        assertThat(new Footprint(0).used().cpuMillis()).isNaN();
    }

    private static Findings round(Verdict verdict, long totalMicros) {
        var findings = new Findings();
        findings.total.recordValue(totalMicros);
        findings.count(verdict, 10);
        findings.close(2, new Footprint.Used(30, 90, 100));
        return findings;
    }
}
