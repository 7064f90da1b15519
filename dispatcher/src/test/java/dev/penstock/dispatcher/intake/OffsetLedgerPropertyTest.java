package dev.penstock.dispatcher.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A partition that one owner after another works on, each dying or handing over at any moment, against plain sets. */
class OffsetLedgerPropertyTest {
    @Test
    void losesNothingAndRepeatsOnlyWhatHadNotEndedAtTheLastCommit() {
        for (int seed = 0; seed < 100; seed++) {
            new Partition(new Random(seed), 1 + seed % 7 * 40).live(2_000);
        }
    }

    private static final class Partition {
        private final Random random;
        private final int inFlight;
        private final TreeSet<Long> log = new TreeSet<>();
        private long logEnd;
        private long committed;
        private String metadata = "";
        private Set<Long> answeredAtCommit = Set.of();

        private OffsetLedger ledger = new OffsetLedger();
        private Set<Long> answered = new HashSet<>();
        private final List<Long> open = new ArrayList<>();
        private long position;

        Partition(Random random, int inFlight) {
            this.random = random;
            this.inFlight = inFlight;
        }

        void live(int steps) {
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(20)) {
                    case 0 -> commit();
                    case 1, 2, 3, 4, 5, 6, 7 -> append();
                    case 8, 9, 10, 11, 12, 13 -> deliver();
                    case 14 -> disturb();
                    default -> answer();
                }
                assertNothingUnansweredIsPassed();
            }
            while (log.ceiling(position) != null || !open.isEmpty()) {
                deliver();
                answer();
            }
            assertThat(answered.containsAll(log)).isTrue();
            if (!log.isEmpty() && ledger.committable().isPresent()) {
                assertThat(ledger.committable().getAsLong()).isGreaterThan(log.last());
            }
        }

        private void disturb() {
            switch (random.nextInt(8)) {
                case 0 -> restart();
                case 1 -> {
                    commit();
                    restart();
                }
                default -> log.remove(random.nextLong(logEnd + 1));
            }
        }

        private void append() {
            logEnd += random.nextInt(8) == 0 ? 1 + random.nextInt(300) : 0;
            log.add(logEnd++);
        }

        private void deliver() {
            Long next = log.ceiling(position);
            if (next == null || open.size() >= inFlight) {
                return;
            }
            position = next + 1;
            boolean taken = ledger.take(next);
            assertThat(taken).as("%d is taken", next).isEqualTo(!answeredAtCommit.contains(next));
            if (taken) {
                open.add(next);
            }
        }

        private void answer() {
            if (!open.isEmpty()) {
                long offset = open.remove(random.nextInt(1 + random.nextInt(open.size())));
                ledger.answered(offset);
                answered.add(offset);
            }
        }

        private void commit() {
            ledger.committable().ifPresent(offset -> {
                committed = offset;
                metadata = ledger.metadata();
                answeredAtCommit = Set.copyOf(answered);
                assertThat(metadata).hasSizeLessThanOrEqualTo(CommitMetadata.LIMIT_CHARS);
            });
        }

        private void restart() {
            ledger = OffsetLedger.resume(committed, metadata);
            answered = new HashSet<>(answeredAtCommit);
            open.clear();
            position = committed;
        }

        private void assertNothingUnansweredIsPassed() {
            ledger.committable().ifPresent(offset -> assertThat(answered.containsAll(log.headSet(offset))).isTrue());
        }
    }
}
