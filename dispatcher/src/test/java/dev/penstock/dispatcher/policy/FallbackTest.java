package dev.penstock.dispatcher.policy;

import static dev.penstock.schemas.event.FallbackCause.CONTENT_FILTER;
import static dev.penstock.schemas.event.FallbackCause.CONTEXT_LENGTH;
import static dev.penstock.schemas.event.FallbackCause.FAILURE;
import static dev.penstock.schemas.event.Lane.BATCH;
import static dev.penstock.schemas.event.Lane.INTERACTIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FallbackTest {
    private static final Trouble FAILED = new Trouble.Failed();
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final Trouble FULL = new Trouble.Full(RETRY);

    @Test
    void aFailureGoesToTheNextCandidateAtOnce() {
        assertThat(after(request(INTERACTIVE, 0, FAILURE, FAILURE), 1, FAILED)).isEqualTo(new Step.Next(1));
        assertThat(after(request(INTERACTIVE, 0, FAILURE, FAILURE), 1, FULL)).isEqualTo(new Step.Next(1));
        assertThat(after(request(BATCH, 0, FAILURE, CONTEXT_LENGTH, FAILURE), 1, FAILED)).isEqualTo(new Step.Next(2));
    }

    @Test
    void aRequestThatIsTooLongOrFilteredHasAChainOfItsOwn() {
        var request = request(INTERACTIVE, 0, FAILURE, FAILURE, CONTEXT_LENGTH, CONTENT_FILTER);
        assertThat(after(request, 1, new Trouble.Rejected("context_length_exceeded"))).isEqualTo(new Step.Next(2));
        assertThat(after(request, 1, new Trouble.Rejected("content_filter"))).isEqualTo(new Step.Next(3));
        assertThat(after(request, 1, new Trouble.Rejected("invalid_value"))).isEqualTo(new Step.Answer());
        assertThat(after(request, 1, new Trouble.Rejected(null))).isEqualTo(new Step.Answer());
        assertThat(after(request(INTERACTIVE, 0, FAILURE), 1, new Trouble.Rejected("content_filter")))
                .isEqualTo(new Step.Answer());
    }

    @Test
    void whoFindsNoRoomWaitsForItAndIsToldInTheEnd() {
        assertThat(after(request(INTERACTIVE, 0, FAILURE), 1, FULL)).isEqualTo(new Step.Wait(RETRY));
        assertThat(after(request(INTERACTIVE, 1, FAILURE, FAILURE), 2, FULL))
                .isEqualTo(new Step.Later(0, Delay.SHORT));
        assertThat(after(request(INTERACTIVE, 0, FAILURE), 3, FULL)).isEqualTo(new Step.Exhausted());
        assertThat(after(request(BATCH, 0, FAILURE), 30, FULL)).isEqualTo(new Step.Wait(RETRY));
    }

    @Test
    void anInteractiveRequestIsSentRoundTwiceIfTheBudgetAllows() {
        assertThat(after(request(INTERACTIVE, 1, FAILURE, FAILURE), 2, FAILED))
                .isEqualTo(new Step.Later(0, Delay.SHORT));
        assertThat(after(request(INTERACTIVE, 1, FAILURE, FAILURE), 4, FAILED))
                .isEqualTo(new Step.Later(0, Delay.SHORT));
        assertThat(after(request(INTERACTIVE, 1, FAILURE, FAILURE), 6, FAILED)).isEqualTo(new Step.Exhausted());
        assertThat(Fallback.after(request(INTERACTIVE, 0, FAILURE), 1, FAILED, () -> false, Instant.EPOCH))
                .isEqualTo(new Step.Exhausted());
    }

    @Test
    void aBatchRequestIsSentRoundUntilItsDeadlineMoreAndMoreSeldom() {
        var request = request(BATCH, 0, FAILURE);
        assertThat(after(request, 3, FAILED)).isEqualTo(new Step.Later(0, Delay.SHORT));
        assertThat(after(request, 4, FAILED)).isEqualTo(new Step.Later(0, Delay.MIDDLE));
        assertThat(after(request, 100, FAILED)).isEqualTo(new Step.Later(0, Delay.LONG));
        assertThat(Fallback.after(request, 1, FAILED, () -> false, Instant.EPOCH))
                .isEqualTo(new Step.Later(0, Delay.MIDDLE));
        assertThat(Fallback.after(request, 100, FAILED, () -> true, request.getDeadline().minusSeconds(5)))
                .isEqualTo(new Step.Exhausted());
    }

    @Test
    void aRefusedKeyIsFollowedByAnotherKeyThenByAnotherCandidate() {
        var request = request(INTERACTIVE, 0, FAILURE, FAILURE);
        assertThat(after(request, 1, new Trouble.Locked(true))).isEqualTo(new Step.Wait(Duration.ZERO));
        assertThat(after(request, 1, new Trouble.Locked(false))).isEqualTo(new Step.Next(1));
        assertThat(after(request(INTERACTIVE, 0, FAILURE), 1, new Trouble.Locked(false)))
                .isEqualTo(new Step.Exhausted());
    }

    @Test
    void whatAProviderCannotBeAskedForGoesToAnotherOrIsAnsweredForWhatItIs() {
        var unfit = new Trouble.Unfit();
        assertThat(after(request(INTERACTIVE, 0, FAILURE, FAILURE), 1, unfit)).isEqualTo(new Step.Next(1));
        assertThat(after(request(INTERACTIVE, 0, FAILURE), 1, unfit)).isEqualTo(new Step.Answer());
        assertThat(after(request(BATCH, 0, FAILURE), 1, unfit)).isEqualTo(new Step.Answer());
        assertThat(after(request(BATCH, 1, FAILURE, FAILURE), 2, unfit)).as("the first may be well again")
                .isEqualTo(new Step.Later(0, Delay.SHORT));
        assertThat(after(request(BATCH, 1, FAILURE, FAILURE), 6, unfit)).isEqualTo(new Step.Answer());
    }

    @Test
    void anAnswerThatBreaksOffIsGoneOnWithByTheNextCandidateWhereTheRouteSaysSo() {
        var broken = new Trouble.BrokenOff();
        assertThat(after(request(INTERACTIVE, 0, FAILURE, CONTEXT_LENGTH, FAILURE), 1, broken))
                .isEqualTo(new Step.Answer());
        var goesOn = continuable(request(INTERACTIVE, 0, FAILURE, CONTEXT_LENGTH, FAILURE));
        assertThat(after(goesOn, 1, broken)).isEqualTo(new Step.GoOn(2));
        assertThat(after(continuable(request(INTERACTIVE, 1, FAILURE, FAILURE)), 2, broken))
                .isEqualTo(new Step.Answer());
        assertThat(Fallback.after(goesOn, 1, broken, () -> true, goesOn.getDeadline())).isEqualTo(new Step.Answer());
    }

    @Test
    void whoGoesOnWithAnAnswerIsFollowedByOthersAsEverAndAlsoIfItDoesNotTakeTheRequest() {
        var onwards = Hop.goOn(1, continued(), continuable(request(INTERACTIVE, 0, FAILURE, FAILURE, FAILURE)));
        assertThat(onwards.getDoubtful()).isTrue();
        assertThat(onwards.getAttempt()).isEqualTo(2);
        assertThat(after(onwards, 2, FAILED)).isEqualTo(new Step.Next(2));
        assertThat(after(onwards, 2, new Trouble.Rejected("invalid_value"))).isEqualTo(new Step.Next(2));
        assertThat(after(Hop.to(2, onwards), 3, new Trouble.Rejected("invalid_value"))).isEqualTo(new Step.Answer());
        assertThat(Hop.replayed(onwards, Instant.EPOCH).getContinued()).isNull();
    }

    private static RequestEnvelope continuable(RequestEnvelope envelope) {
        return RequestEnvelope.newBuilder(envelope).setContinuable(true).build();
    }

    private static Continued continued() {
        return Continued.newBuilder().setAttemptId("r/1").setText("So").setTextTokens(1).setSeen(1).setCreated(5)
                .setTokens(Tokens.newBuilder().setInput(1).setOutput(1).setSource(UsageSource.ESTIMATE).build())
                .setCostNanoUsd(null).build();
    }

    @Test
    void everyDelayHasItsTopic() {
        assertThat(Delay.values()).extracting(delay -> (int) delay.duration().toSeconds())
                .containsExactlyElementsOf(Topics.RETRY_SECONDS);
    }

    private static Step after(RequestEnvelope envelope, int attempts, Trouble trouble) {
        return Fallback.after(envelope, attempts, trouble, () -> true, Instant.EPOCH);
    }

    private static RequestEnvelope request(Lane lane, int next, FallbackCause... causes) {
        return RequestEnvelope.newBuilder().setRequestId("r").setAttempt(1).setTenant("t").setKeyId("k").setLane(lane)
                .setModel("m")
                .setRoute(Arrays.stream(causes).map(cause -> Candidate.newBuilder().setProvider("p").setModel("m")
                        .setName("m").setAfter(cause).build()).toList())
                .setAcceptedAt(Instant.EPOCH).setDeadline(Instant.EPOCH.plusSeconds(600)).setBillingDay(LocalDate.EPOCH)
                .setReplyTo("").setStream(true).setIncludeUsage(false).setBody(ByteBuffer.allocate(0)).setNext(next)
                .build();
    }
}
