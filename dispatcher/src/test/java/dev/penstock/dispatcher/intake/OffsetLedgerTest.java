package dev.penstock.dispatcher.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OffsetLedgerTest {
    @Test
    void commitsNothingBeforeAnythingWasTaken() {
        assertThat(new OffsetLedger().committable()).isEmpty();
        assertThat(new OffsetLedger().metadata()).isEmpty();
    }

    @Test
    void commitsTheLowestUnansweredOffset() {
        var ledger = new OffsetLedger();
        LongStream.of(3, 4, 9).forEach(ledger::take);
        ledger.answered(4);
        assertThat(ledger.committable()).hasValue(3);
        ledger.answered(3);
        assertThat(ledger.committable()).hasValue(9);
        ledger.answered(9);
        assertThat(ledger.committable()).hasValue(10);
        assertThat(ledger.metadata()).isEmpty();
    }

    @Test
    void givesOnlyUnansweredRecordsAgainAfterARestart() {
        var ledger = new OffsetLedger();
        LongStream.range(0, 6).forEach(ledger::take);
        LongStream.of(0, 2, 3, 5).forEach(ledger::answered);
        var resumed = restart(ledger);
        assertThat(LongStream.range(1, 8).filter(resumed::take).toArray()).containsExactly(1, 4, 6, 7);
    }

    @Test
    void doesNotCommitPastARecordThatIsStillToBeGivenAgain() {
        var ledger = new OffsetLedger();
        LongStream.range(0, 4).forEach(ledger::take);
        LongStream.of(1, 3).forEach(ledger::answered);
        var resumed = restart(ledger);
        resumed.take(0);
        resumed.answered(0);
        assertThat(resumed.committable()).hasValue(2);
        assertThat(LongStream.range(2, 5).filter(restart(resumed)::take).toArray()).containsExactly(2, 4);
    }

    @Test
    void isNotHeldUpByARecordThatTheLogNoLongerHas() {
        var ledger = new OffsetLedger();
        LongStream.range(0, 4).forEach(ledger::take);
        ledger.answered(2);
        var resumed = restart(ledger);
        assertThat(resumed.take(3)).isTrue();
        resumed.answered(3);
        assertThat(resumed.committable()).hasValue(4);
    }

    @Test
    void takesEverythingOfALogThatWasMadeAnew() {
        var ledger = OffsetLedger.resume(90, null);
        assertThat(ledger.take(0)).isTrue();
        assertThat(ledger.take(1)).isTrue();
        ledger.answered(0);
        assertThat(ledger.committable()).hasValue(1);
    }

    @Test
    void ignoresMetadataOfOthersAndOfOtherOffsets() {
        var ledger = new OffsetLedger();
        LongStream.range(0, 4).forEach(ledger::take);
        ledger.answered(2);
        for (String foreign : new String[]{"", "a", "alice", "a????", "zAAAA", "AQAAAY", ledger.metadata() + "AAAA"}) {
            var resumed = OffsetLedger.resume(0, foreign);
            assertThat(LongStream.range(0, 4).filter(resumed::take).toArray()).as(foreign).containsExactly(0, 1, 2, 3);
        }
        var translated = OffsetLedger.resume(7, ledger.metadata());
        assertThat(LongStream.range(7, 11).filter(translated::take).toArray()).containsExactly(7, 8, 9, 10);
    }

    @Test
    void needsFewCharactersForALongSpanBehindAStuckCall() {
        var ledger = new OffsetLedger();
        LongStream.range(0, 300_000).forEach(ledger::take);
        LongStream.range(1, 299_000).forEach(ledger::answered);
        assertThat(ledger.metadata()).hasSizeLessThan(30);
        assertThat(ledger.full()).isFalse();
        assertThat(LongStream.range(0, 300_000).filter(restart(ledger)::take)).hasSize(1_001);
    }

    @Test
    void holdsThousandsOfCallsThatEndInTheWorstOrder() {
        var ledger = new OffsetLedger();
        long taken = 0;
        while (!ledger.full()) {
            ledger.take(taken++);
        }
        LongStream.iterate(1, offset -> offset + 2).limit(taken / 2 - 1).forEach(ledger::answered);
        assertThat(taken).isGreaterThan(5_000);
        assertThat(LongStream.range(0, taken).filter(restart(ledger)::take)).hasSize((int) (taken - taken / 2 + 1));
    }

    @Test
    void leavesOutTheHighestRunsRatherThanExceedTheLimit() {
        var ledger = new OffsetLedger();
        LongStream.range(0, 60_000).forEach(ledger::take);
        LongStream.range(0, 30_000).forEach(i -> ledger.answered(2 * i + 1));
        assertThat(ledger.full()).isTrue();
        assertThat(ledger.metadata()).hasSizeBetween(CommitMetadata.LIMIT_CHARS - 8, CommitMetadata.LIMIT_CHARS);
        var resumed = restart(ledger);
        var again = LongStream.range(0, 60_000).filter(resumed::take).boxed().collect(Collectors.toSet());
        assertThat(LongStream.range(0, 30_000).map(i -> 2 * i).allMatch(again::contains)).isTrue();
        assertThat(again).hasSizeLessThan(50_000);
    }

    private static OffsetLedger restart(OffsetLedger ledger) {
        return OffsetLedger.resume(ledger.committable().orElseThrow(), ledger.metadata());
    }
}
