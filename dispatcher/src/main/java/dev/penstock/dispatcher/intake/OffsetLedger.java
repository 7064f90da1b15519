package dev.penstock.dispatcher.intake;

import java.util.Map;
import java.util.NavigableMap;

/**
 * What has been taken from one partition and what of it has been answered. Offsets that Kafka never delivered (of
 * markers, or compacted away) count as answered once a later one is taken. Not thread-safe.
 *
 * <p>Answered offsets above the committable one are kept as runs, which is also how {@link OffsetRuns} writes them
 * into a commit's metadata, so that a restart repeats only what had not ended. (A bit for each offset was rejected:
 * one slow call in front of many quick ones is the common case, and that is one run.)
 */
final class OffsetLedger {
    /** Runs of answered offsets above {@link #committable}: first to last, neither adjacent nor overlapping. */
    private final NavigableMap<Long, Long> answered;
    private long committable;
    private long next;

    private OffsetLedger(long committed, NavigableMap<Long, Long> answered) {
        this.committable = committed;
        this.answered = answered;
        this.next = answered.isEmpty() ? committed : answered.lastEntry().getValue() + 1;
    }

    /** A ledger that goes on where a commit left off; metadata that is not a ledger's is ignored. */
    static OffsetLedger resume(long committed, String metadata) {
        return new OffsetLedger(committed, OffsetRuns.decode(committed, metadata));
    }

    /** Whether an offset has been answered, by this ledger or the one it resumed. */
    boolean isAnswered(long offset) {
        if (offset < committable) {
            return true;
        }
        Map.Entry<Long, Long> run = answered.floorEntry(offset);
        return run != null && offset <= run.getValue();
    }

    /** An offset was delivered. They come in ascending order; what was skipped on the way does not exist. */
    void took(long offset) {
        if (offset > next) {
            add(next, offset - 1);
        }
        next = Math.max(next, offset + 1);
    }

    /** An offset that was taken has been answered for. */
    void answered(long offset) {
        if (!isAnswered(offset)) {
            add(offset, offset);
        }
    }

    /** The offset to commit: the lowest that is not answered. */
    long committable() {
        return committable;
    }

    /** What to commit along with it. */
    String metadata() {
        return OffsetRuns.encode(committable, answered);
    }

    /** Whether the runs would outgrow the metadata: no more should be taken until some of the gaps have closed. */
    boolean isFull() {
        return answered.size() >= OffsetRuns.MOST_RUNS;
    }

    private void add(long first, long last) {
        Map.Entry<Long, Long> before = answered.floorEntry(first);
        if (before != null && before.getValue() == first - 1) {
            first = before.getKey();
        }
        Long after = answered.remove(last + 1);
        answered.put(first, after == null ? last : after);
        if (first == committable) {
            committable = answered.pollFirstEntry().getValue() + 1;
        }
    }
}
