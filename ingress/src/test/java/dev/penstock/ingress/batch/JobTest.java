package dev.penstock.ingress.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.BatchStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

    @Test
    void onlyTheFirstThatComesOfALineCounts() {
        Job job = job(null);
        job.fed(0, 10);
        job.fed(0, 20);

        assertThat(job.count(result(1, 200, 7L))).isTrue();
        assertThat(job.count(result(1, 500, 7L))).isFalse();
        assertThat(job.count(result(0, 500, 1L))).isTrue();
        Batch written = job.written();
        assertThat(written.getCompleted()).isEqualTo(1);
        assertThat(written.getFailed()).isEqualTo(1);
        assertThat(written.getCostNanoUsd()).isEqualTo(8);
        assertThat(job.inFlight()).isZero();
    }

    @Test
    void whoTakesAJobOverCountsTheSameFromTheLog() {
        Job job = job(100L);
        job.fed(40, 10);
        job.fed(40, 20);
        Batch written = job.written();

        Job other = new Job(written);
        assertThat(other.inFlight()).isEqualTo(2);
        assertThat(other.inputOffset()).isEqualTo(20);
        assertThat(other.affords(40)).isFalse();
        other.count(result(0, 200, 5L));
        assertThat(other.affords(40)).isTrue();
        assertThat(other.affords(56)).isFalse();
    }

    @Test
    void aLineOfUnknownCostCountsForTheMostItCanCost() {
        Job job = job(100L);
        job.fed(60, 10);
        job.count(BatchResult.newBuilder(result(0, 200, 0L)).setLine(new BatchLine("batch_1", 0, "a", 60L))
                .setCostNanoUsd(null).build());

        assertThat(job.affords(40)).isTrue();
        assertThat(job.affords(41)).isFalse();
    }

    @Test
    void whatWasNotExecutedHasFailed() {
        Job job = job(null);
        job.validated(5, "m", 0, NOW);
        job.fed(0, 10);
        job.count(result(0, 200, 1L));
        job.ended(BatchStatus.EXPIRED, "file-a", "file-b", NOW);

        assertThat(job.isOver()).isTrue();
        assertThat(job.written().getFailed()).isEqualTo(4);
    }

    private static Job job(@Nullable Long budget) {
        return new Job(Batch.newBuilder().setBatchId("batch_1").setTenant("t").setKeyId("k").setEndpoint("/v1/x")
                .setInputFileId("file-1").setCompletionWindow("24h").setStatus(BatchStatus.IN_PROGRESS)
                .setCreatedAt(NOW).setExpiresAt(NOW.plusSeconds(60)).setBudgetNanoUsd(budget).setErrors(List.of())
                .build());
    }

    private static BatchResult result(int line, int status, long cost) {
        return BatchResult.newBuilder().setLine(new BatchLine("batch_1", line, "id-" + line, 40L)).setRequestId("r")
                .setStatus(status).setCostNanoUsd(cost).build();
    }
}
