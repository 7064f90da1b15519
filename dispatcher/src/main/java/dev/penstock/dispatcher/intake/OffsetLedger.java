package dev.penstock.dispatcher.intake;

import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has been taken from one partition and what of it has been answered. Not thread-safe.
 *
 * <p>Only the offsets that wait for an answer are kept, sorted, so that memory follows the calls in flight and not the
 * span of offsets behind a stuck one, and every step costs O(log n). An offset that was never received (a transaction
 * marker, a compacted record) counts as answered.
 */
final class OffsetLedger {
    private static final Logger log = LoggerFactory.getLogger(OffsetLedger.class);
    private static final long NOTHING = -1;

    /** Bits kept free for what one more poll may bring: 2 for each record and plenty for gaps between them. */
    private static final long HEADROOM = 8L * QueueConsumer.MAX_POLL_RECORDS + 2L * RunLengths.bits(Long.MAX_VALUE);

    private final TreeSet<Long> unanswered = new TreeSet<>();
    private long position;
    private long end = NOTHING;
    private long gapBits;

    /** A ledger of a partition for which nothing was ever committed. */
    OffsetLedger() {}

    /**
     * The ledger of a partition that somebody worked on before.
     *
     * @param metadata of the commit; ignored if no ledger wrote it for that very offset, as after a reset by hand
     */
    static OffsetLedger resume(long committed, @Nullable String metadata) {
        var ledger = new OffsetLedger();
        ledger.position = committed;
        ledger.end = committed;
        if (metadata != null && !metadata.isEmpty()) {
            CommitMetadata.decode(committed, metadata).ifPresentOrElse(ledger::adopt, () -> log
                    .warn("Foreign metadata in the commit of offset {} is ignored: all from there on is taken again",
                            committed));
        }
        return ledger;
    }

    /**
     * Notes that a record was received. Offsets come in order, with gaps.
     *
     * @return false if it was answered before the restart, so that it must not be worked on again
     */
    boolean take(long offset) {
        if (offset < position) {
            forget(offset);
        } else {
            dropUndelivered(offset);
        }
        position = offset + 1;
        if (offset < end) {
            return unanswered.contains(offset);
        }
        add(offset);
        end = offset + 1;
        return true;
    }

    /** Notes that a record needs no more work. Repeating it does no harm. */
    void answered(long offset) {
        if (!unanswered.remove(offset)) {
            return;
        }
        Long lower = unanswered.lower(offset);
        Long higher = unanswered.higher(offset);
        gapBits += (lower == null ? 0 : -gapBits(lower, offset)) + (higher == null ? 0 : -gapBits(offset, higher));
        gapBits += lower == null || higher == null ? 0 : gapBits(lower, higher);
    }

    /** The offset to commit: the lowest unanswered one, else the next to be taken; empty before anything was. */
    OptionalLong committable() {
        if (end == NOTHING) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(unanswered.isEmpty() ? end : unanswered.first());
    }

    /** What to commit beside {@link #committable}: which offsets above it are answered. */
    String metadata() {
        return unanswered.isEmpty() ? "" : CommitMetadata.encode(unanswered, end);
    }

    /**
     * Whether no more is to be taken, for {@link #metadata} might not have room for all that is answered. It speaks up
     * one poll early and for the worst order in which the unanswered could end, so that a partition that is paused as
     * soon as it does never repeats an ended call.
     *
     * <p>The bound: a run of n costs at most 1.5 n bits, so unanswered offsets cost that in whatever pattern they end;
     * a gap costs what it does now and, as joining two runs adds at most one bit, 2 more if it grows into both sides.
     */
    boolean full() {
        return 2L * unanswered.size() + gapBits + HEADROOM > CommitMetadata.LIMIT_BITS;
    }

    private static long gapBits(long from, long to) {
        return to - from == 1 ? 0 : RunLengths.bits(to - from - 1) + 2L;
    }

    private void adopt(CommitMetadata described) {
        described.unanswered().forEach(this::add);
        end = described.end();
    }

    /** Adds an offset above all the others. */
    private void add(long offset) {
        if (!unanswered.isEmpty()) {
            gapBits += gapBits(unanswered.last(), offset);
        }
        unanswered.add(offset);
    }

    /** What an earlier owner left unanswered and the log no longer holds must not hold up the commit for ever. */
    private void dropUndelivered(long before) {
        for (Long gone = unanswered.ceiling(position); gone != null && gone < before;) {
            answered(gone);
            gone = unanswered.higher(gone);
        }
    }

    /** The log lost its end or was made anew: what it holds at these offsets now was never seen. */
    private void forget(long offset) {
        unanswered.clear();
        gapBits = 0;
        end = offset;
    }
}
