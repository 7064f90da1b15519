package dev.penstock.dispatcher.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** The loop, turned by hand on the test's thread, over Kafka's own stand-in for a consumer. */
class IntakeTest {
    private static final String TOPIC = "penstock.requests.acme.interactive";
    private static final TopicPartition ZERO = new TopicPartition(TOPIC, 0);
    private static final TopicPartition ONE = new TopicPartition(TOPIC, 1);

    private final Broker broker = new Broker(TOPIC, 4);
    private final Heard heard = new Heard();
    private long nanos;
    private final Intake intake = new Intake(broker, heard, () -> nanos);

    IntakeTest() {
        intake.subscribe(List.of(TOPIC));
    }

    @Test
    void handsOverWhatAPollBroughtWithItsClaim() {
        own(ZERO);
        append(ZERO, 0, 1);
        turn();
        assertThat(heard.offsets()).containsExactly(0L, 1L);
        assertThat(heard.taken).extracting(Taken::claim).containsOnly(new Claim(ZERO, 1));
    }

    @Test
    void marksWhatLayInThePartitionWhenItWasAssigned() {
        broker.updateEndOffsets(Map.of(ZERO, 2L));
        own(ZERO);
        append(ZERO, 0, 1, 2);
        turn();
        assertThat(heard.taken).extracting(Taken::inherited).containsExactly(true, true, false);
    }

    @Test
    void tellsWhatShareOfATopicIsOwned() {
        own(ZERO, ONE);
        assertThat(heard.shares).containsExactly(Map.entry(TOPIC, new Share(Set.of(0, 1), 4)));
        own(ONE);
        assertThat(heard.shares).containsExactly(Map.entry(TOPIC, new Share(Set.of(1), 4)));
        assertThat(heard.claims).containsExactly(new Claim(ONE, 1));
        own();
        assertThat(heard.shares).containsExactly(Map.entry(TOPIC, new Share(Set.of(), 4)));
    }

    @Test
    void commitsTheLowestUnansweredOffsetAndWhatIsAnsweredAboveIt() {
        own(ZERO);
        append(ZERO, 0, 1, 2);
        turn();
        assertThat(broker.offsets).isEmpty();
        answer(1);
        turn();
        assertThat(offset(ZERO)).isZero();
        var next = OffsetLedger.resume(0, Optional.ofNullable(broker.offsets.get(ZERO)).orElseThrow().metadata());
        assertThat(IntStream.range(0, 3).filter(next::take).toArray()).containsExactly(0, 2);
    }

    @Test
    void commitsNoMoreOftenThanTheInterval() {
        own(ZERO);
        append(ZERO, 0, 1);
        turn();
        answer(0);
        turn();
        answer(1);
        turn();
        assertThat(offset(ZERO)).isEqualTo(1);
        nanos += Intake.COMMIT_INTERVAL.toNanos();
        turn();
        assertThat(offset(ZERO)).isEqualTo(2);
    }

    @Test
    void commitsAgainWhatFailed() {
        own(ZERO);
        append(ZERO, 0);
        turn();
        answer(0);
        broker.commitFailure = new TimeoutException();
        turn();
        assertThat(broker.offsets).isEmpty();
        broker.commitFailure = null;
        nanos += Intake.COMMIT_INTERVAL.toNanos();
        turn();
        assertThat(offset(ZERO)).isEqualTo(1);
    }

    @Test
    void doesNotTakeAgainWhatWasAnsweredBeforeARestart() {
        own(ZERO);
        append(ZERO, 0, 1, 2);
        turn();
        answer(1);
        turn();
        own();
        heard.taken.clear();
        own(ZERO);
        append(ZERO, 0, 1, 2, 3);
        turn();
        assertThat(heard.offsets()).containsExactly(0L, 2L, 3L);
    }

    @Test
    void commitsAtOnceWhenPartitionsAreRevoked() {
        own(ZERO);
        append(ZERO, 0, 1);
        turn();
        answer(0);
        turn();
        answer(1);
        own();
        assertThat(offset(ZERO)).isEqualTo(2);
        assertThat(heard.claims).isEmpty();
    }

    @Test
    void commitsOnRevocationWhatIsStillOnItsWay() {
        own(ZERO);
        append(ZERO, 0);
        turn();
        answer(0);
        broker.asyncCommitsGetLost = true;
        turn();
        own();
        assertThat(offset(ZERO)).isEqualTo(1);
    }

    @Test
    void ignoresALateAnswerToAnEarlierClaim() {
        own(ZERO);
        append(ZERO, 0);
        turn();
        var late = heard.taken.getFirst().claim();
        own();
        own(ZERO);
        append(ZERO, 0);
        turn();
        intake.answered(late, 0);
        intake.pause(late);
        turn();
        assertThat(broker.offsets).isEmpty();
        assertThat(broker.paused()).isEmpty();
        answer(0);
        turn();
        assertThat(offset(ZERO)).isEqualTo(1);
    }

    @Test
    void takesNothingFromAPausedPartitionUntilItIsResumed() {
        own(ZERO, ONE);
        intake.pause(new Claim(ZERO, 1));
        turn();
        append(ZERO, 0);
        append(ONE, 7);
        turn();
        assertThat(heard.offsets()).containsExactly(7L);
        intake.resume(new Claim(ZERO, 1));
        turn();
        assertThat(heard.offsets()).containsExactly(7L, 0L);
    }

    @Test
    void doesNotPauseThePartitionsThatStayWhenOthersComeAndGo() {
        own(ZERO);
        broker.lookupsToFail = 3;
        assign(ZERO, ONE);
        append(ZERO, 0);
        intake.turn();
        assertThat(broker.paused()).doesNotContain(ZERO);
        turn();
        assertThat(heard.offsets()).contains(0L);
        own(ZERO, ONE);
        own(ZERO);
        append(ZERO, 1);
        turn();
        assertThat(heard.offsets()).contains(1L);
        assertThat(heard.claims).containsExactly(new Claim(ZERO, 1));
    }

    @Test
    void pausesAPartitionWhoseLedgerIsFullUntilThereIsRoomAgain() {
        own(ZERO);
        append(ZERO, IntStream.range(0, 12_000).toArray());
        turn();
        turn();
        assertThat(broker.paused()).containsExactly(ZERO);
        IntStream.range(0, 12_000).forEach(offset -> intake.answered(new Claim(ZERO, 1), offset));
        turn();
        assertThat(broker.paused()).isEmpty();
    }

    @Test
    void takesNothingWhileDrainingButStillCommits() {
        own(ZERO);
        append(ZERO, 0);
        turn();
        intake.drain();
        turn();
        append(ZERO, 1);
        own(ZERO, ONE);
        answer(0);
        turn();
        assertThat(heard.offsets()).containsExactly(0L);
        assertThat(broker.paused()).containsExactlyInAnyOrder(ZERO, ONE);
        assertThat(offset(ZERO)).isEqualTo(1);
    }

    @Test
    void goesOnWhenKafkaIsInTroubleForAWhile() {
        broker.lookupsToFail = 1;
        broker.setPollException(new TimeoutException());
        own(ZERO);
        append(ZERO, 0);
        turn();
        assertThat(heard.offsets()).containsExactly(0L);
    }

    @Test
    void commitsAndLeavesTheGroupWhenClosed() throws Exception {
        broker.schedulePollTask(() -> assign(ZERO));
        broker.schedulePollTask(() -> append(ZERO, 0));
        var running = Intake.start(broker, List.of(TOPIC), heard);
        var claim = heard.first.get(10, TimeUnit.SECONDS).claim();
        running.answered(claim, 0);
        running.close().toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(broker.closed()).isTrue();
        assertThat(offset(ZERO)).isEqualTo(1);
        assertThat(heard.claims).isEmpty();
    }

    @Test
    void tellsItsOwnerWhenItCannotGoOn() {
        broker.setPollException(new AuthorizationException("not for you"));
        var running = Intake.start(broker, List.of(TOPIC), heard);
        assertThatThrownBy(() -> running.stopped().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join())
                .isInstanceOf(CompletionException.class).hasCauseInstanceOf(AuthorizationException.class);
        assertThat(broker.closed()).isTrue();
    }

    private void assign(TopicPartition... partitions) {
        broker.assign(List.of(partitions));
    }

    private void own(TopicPartition... partitions) {
        assign(partitions);
        turn();
    }

    private void append(TopicPartition partition, int... offsets) {
        for (int offset : offsets) {
            broker.addRecord(new ConsumerRecord<>(TOPIC, partition.partition(), offset, new byte[0], new byte[0]));
        }
    }

    /** Enough rounds to get through a wake-up, a failure and what is to be done after them. */
    private void turn() {
        for (int i = 0; i < 4; i++) {
            intake.turn();
        }
    }

    private void answer(long offset) {
        var claim = heard.taken.stream().filter(t -> t.record().offset() == offset).toList().getLast().claim();
        intake.answered(claim, offset);
    }

    private long offset(TopicPartition partition) {
        return Optional.ofNullable(broker.offsets.get(partition)).orElseThrow().offset();
    }

    private static final class Heard implements Intake.Listener {
        final List<Taken> taken = new ArrayList<>();
        final Set<Claim> claims = new HashSet<>();
        final CompletableFuture<Taken> first = new CompletableFuture<>();
        Map<String, Share> shares = Map.of();

        @Override
        public void assigned(Set<Claim> some, Map<String, Share> now) {
            claims.addAll(some);
            shares = now;
        }

        @Override
        public void revoked(Set<Claim> some, Map<String, Share> now) {
            claims.removeAll(some);
            shares = now;
        }

        @Override
        public void taken(List<Taken> records) {
            taken.addAll(records);
            first.complete(records.getFirst());
        }

        List<Long> offsets() {
            return taken.stream().map(t -> t.record().offset()).toList();
        }
    }
}
