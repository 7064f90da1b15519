package dev.penstock.dispatcher.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class OffsetLedgerTest {
    @Test
    void commitsNothingPastAnUnansweredOffset() {
        OffsetLedger ledger = OffsetLedger.resume(10, "");
        for (long offset = 10; offset < 15; offset++) {
            ledger.took(offset);
        }
        ledger.answered(10);
        ledger.answered(12);
        ledger.answered(13);

        assertThat(ledger.committable()).isEqualTo(11);
        OffsetLedger restarted = OffsetLedger.resume(ledger.committable(), ledger.metadata());
        assertThat(restarted.isAnswered(11)).isFalse();
        assertThat(restarted.isAnswered(12)).isTrue();
        assertThat(restarted.isAnswered(14)).isFalse();
    }

    @Test
    void ignoresTheMetadataOfOthers() {
        for (String foreign : List.of("", "x", "1", "1!!", "1gICAgICAgICAgICAgA", "leader-7")) {
            assertThat(OffsetLedger.resume(3, foreign).committable()).isEqualTo(3);
        }
    }

    @Test
    void isFullBeforeItsMetadataOutgrowsTheBrokersLimit() {
        OffsetLedger ledger = OffsetLedger.resume(0, "");
        long offset = 0;
        while (!ledger.isFull()) {
            offset += 1_000_000;
            ledger.took(offset - 1);
            ledger.took(offset);
            ledger.took(offset + 1);
            ledger.answered(offset);
        }

        assertThat(ledger.metadata().length()).isLessThan(4096);
    }

    @Test
    void neverWritesMoreThanTheBrokerTakesHoweverScatteredTheAnswers() {
        OffsetLedger ledger = OffsetLedger.resume(0, "");
        for (long offset = 0; offset < 20_000; offset++) {
            ledger.took(offset);
        }
        for (long offset = 1; offset < 20_000; offset += 2) {
            ledger.answered(offset);
        }

        assertThat(ledger.metadata().length()).isLessThan(4096);
        assertThat(OffsetLedger.resume(0, ledger.metadata()).isAnswered(1)).isTrue();
    }

    /** Random deliveries with gaps, random ends, commits and crashes, against the plainest possible bookkeeping. */
    @RepeatedTest(200)
    void aRestartRepeatsExactlyWhatHadNotEndedAtTheCommit(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var log = new ArrayList<Long>();
        for (long offset = random.nextInt(5), i = 0; i < 400; i++, offset += random.nextInt(10) == 0 ? 3 : 1) {
            log.add(offset);
        }
        var answered = new TreeSet<Long>();
        long committed = 0;
        String metadata = "";
        for (int life = 0; life < 6; life++) {
            OffsetLedger ledger = OffsetLedger.resume(committed, metadata);
            var answeredAtCommit = new TreeSet<>(answered);
            var open = new ArrayList<Long>();
            for (long offset : log) {
                if (offset < committed || ledger.isAnswered(offset)) {
                    assertThat(answered).contains(offset);
                    continue;
                }
                ledger.took(offset);
                open.add(offset);
                if (random.nextBoolean()) {
                    long end = open.remove(random.nextInt(open.size()));
                    ledger.answered(end);
                    answered.add(end);
                }
                if (random.nextInt(20) == 0) {
                    committed = ledger.committable();
                    metadata = ledger.metadata();
                    answeredAtCommit = new TreeSet<>(answered);
                    long lowest = committed;
                    assertThat(log.stream().filter(o -> o < lowest)).allMatch(answered::contains);
                }
                if (random.nextInt(150) == 0) {
                    break;
                }
            }
            answered = answeredAtCommit; // what ended after the commit is forgotten, and will be repeated
            OffsetLedger next = OffsetLedger.resume(committed, metadata);
            for (long offset : log) {
                assertThat(next.isAnswered(offset)).isEqualTo(answered.contains(offset));
            }
        }
    }
}
