package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BreakerTest {
    private static final long SECOND = 1_000_000_000L;
    private final Breaker breaker = new Breaker();

    @Test
    void opensWhenMostOfTheLatestCallsFailed() {
        for (int i = 1; i < Breaker.FEWEST; i++) {
            breaker.failed(false, 0);
            assertThat(breaker.isOpen(0)).isFalse();
        }
        breaker.failed(false, 0);
        assertThat(breaker.isOpen(0)).isTrue();
        assertThat(breaker.readyAt(0)).isEqualTo(SECOND);
    }

    @Test
    void staysClosedWhileHalfSucceed() {
        for (int i = 0; i < 100; i++) {
            breaker.succeeded(false, i);
            breaker.failed(false, i);
        }
        assertThat(breaker.isOpen(100)).isFalse();
    }

    @Test
    void forgetsOldFailures() {
        for (int i = 1; i < Breaker.FEWEST; i++) {
            breaker.failed(false, 0);
        }
        breaker.failed(false, 60 * SECOND);
        assertThat(breaker.isOpen(60 * SECOND)).isFalse();
    }

    @Test
    void letsOneProbeThroughAndClosesWhenItSucceeds() {
        open();
        long now = SECOND;
        assertThat(breaker.isOpen(now)).isFalse();
        assertThat(breaker.begin()).isTrue();
        assertThat(breaker.isOpen(now)).isTrue();
        assertThat(breaker.readyAt(now)).isEqualTo(TokenBucket.NEVER);
        breaker.succeeded(true, now);
        assertThat(breaker.isOpen(now)).isFalse();
        assertThat(breaker.begin()).isFalse();
    }

    @Test
    void staysOpenTwiceAsLongAfterEachProbeThatFails() {
        open();
        long now = 0;
        for (long seconds : new long[]{1, 2, 4, 8, 16, 30, 30}) {
            assertThat(breaker.readyAt(now)).isEqualTo(now + seconds * SECOND);
            now += seconds * SECOND;
            assertThat(breaker.begin()).isTrue();
            breaker.failed(true, now);
        }
    }

    @Test
    void letsAnotherProbeThroughAfterOneThatProvedNothing() {
        open();
        breaker.begin();
        breaker.proved(true);
        assertThat(breaker.isOpen(SECOND)).isFalse();
        assertThat(breaker.begin()).isTrue();
    }

    private void open() {
        for (int i = 0; i < Breaker.FEWEST; i++) {
            breaker.failed(false, 0);
        }
    }
}
