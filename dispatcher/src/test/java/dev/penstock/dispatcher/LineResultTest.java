package dev.penstock.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a line's result says of the runner's hold; the ledger's rules for it are checked in metering's model. */
class LineResultTest {
    private static final BatchLine LINE = new BatchLine("batch_1", 0, "a", 0L);
    private static final Hold RUNNERS = new Hold(100L, List.of(new HeldFrom("acme", "runner#1")));
    private static final Hold WORKERS = new Hold(100L, List.of(new HeldFrom("acme", "worker#1")));
    private static final ApiError OVER = ApiError.of(429, "insufficient_quota", "insufficient_quota", "no");

    @Test
    void whatAnAttemptUsedOfTheLinesHoldIsGone() {
        assertThat(answered(RUNNERS, RUNNERS).getHoldUsed()).isEqualTo(10);
        assertThat(answered(null, null).getHoldUsed()).isZero();
    }

    @Test
    void theHoldOfAnAttemptThatMayBeLostIsGoneWhateverTheSecondUsed() {
        assertThat(answered(RUNNERS, WORKERS).getHoldUsed()).isEqualTo(100);
    }

    @Test
    void aLineThatIsGivenUpGivesItsHoldBackUnlessAWorkerBeforeMayHaveCalledForIt() {
        assertThat(LineResult.of(envelope(RUNNERS), LINE, OVER, false).getHoldUsed()).isZero();
        assertThat(LineResult.of(envelope(RUNNERS), LINE, OVER, true).getHoldUsed()).isEqualTo(100);
        assertThat(LineResult.of(envelope(null), LINE, OVER, true).getHoldUsed()).isZero();
    }

    private static BatchResult answered(@Nullable Hold lines, @Nullable Hold attempts) {
        var ended = AttemptEnded.newBuilder().setAttemptId("r/1").setRequestId("r").setAttempt(1).setTenant("acme")
                .setKeyId("k").setLane(Lane.BATCH).setBillingDay(LocalDate.EPOCH).setModel("m").setProvider("p")
                .setProviderModel("m").setStartedAt(Instant.EPOCH).setEndedAt(Instant.EPOCH)
                .setEnd(AttemptEnd.REJECTED).setHold(attempts).setHoldUsed(attempts == null ? 0 : 10).build();
        BatchResult result = LineResult.of(envelope(lines), LINE, new Outcome.Rejected(OVER), ended, null);
        assertThat(result).isNotNull();
        return result;
    }

    private static RequestEnvelope envelope(@Nullable Hold hold) {
        return RequestEnvelope.newBuilder().setRequestId("r").setAttempt(1).setTenant("acme").setKeyId("k")
                .setLane(Lane.BATCH).setModel("m").setRoute(List.of()).setAcceptedAt(Instant.EPOCH)
                .setDeadline(Instant.EPOCH).setBillingDay(LocalDate.EPOCH).setReplyTo("").setStream(false)
                .setIncludeUsage(false).setBody(ByteBuffer.allocate(0)).setHold(hold).setBatch(LINE).build();
    }
}
