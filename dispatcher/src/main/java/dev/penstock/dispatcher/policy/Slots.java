package dev.penstock.dispatcher.policy;

import java.util.Set;

/**
 * The calls that this worker may have open at one provider. Not thread-safe.
 *
 * <p>Quota follows partitions: the provider's limit is dealt out over its queue's partitions, and a worker has what its
 * partitions carry. All partitions together carry the limit exactly, so workers never exceed it together and leave
 * nothing of it lying, which rounding down each worker's fraction would. What is lent is counted by {@link Gate}.
 */
final class Slots {
    private final int limit;
    private int quota;
    private int taken;

    /**
     * Slots of a worker that owns nothing yet.
     *
     * @param limit the provider's concurrent calls over all workers
     */
    Slots(int limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("limit: " + limit + " must be positive");
        }
        this.limit = limit;
    }

    /**
     * Sets what this worker owns from now on. Calls that are open beyond a smaller share go on; none is begun until
     * enough of them have ended.
     *
     * @param partitions of the provider's queue, numbered from 0
     * @param of how many partitions the queue has; every one carries a slot if they are no more than the limit
     */
    void own(Set<Integer> partitions, int of) {
        quota = part(limit, partitions, of);
    }

    /** What some of a queue's partitions carry of a limit; all of them together carry the whole of it. */
    static int part(int limit, Set<Integer> partitions, int of) {
        return partitions.stream()
                .mapToInt(partition -> upTo(limit, partition + 1, of) - upTo(limit, partition, of)).sum();
    }

    /** Takes a slot, of the quota or a borrowed one. */
    void take() {
        taken++;
    }

    /** Gives back a slot that was taken. */
    void release() {
        if (taken == 0) {
            throw new IllegalStateException("no slot is taken");
        }
        taken--;
    }

    int quota() {
        return quota;
    }

    int taken() {
        return taken;
    }

    private static int upTo(int limit, int partition, int of) {
        return Math.toIntExact((long) limit * partition / of);
    }
}
