package dev.penstock.dispatcher.policy;

/**
 * Lets through so much in a minute: in no span of a minute, its end not included, more than this worker's part of the
 * limit, which is a whole number. A tenth of that may come at once. A part that grows begins empty, as its last owner may
 * just have used it up, so that all workers together keep the limit also while partitions move. Time is in nanoseconds
 * of any clock that does not go back. Not thread-safe.
 */
final class TokenBucket {
    /** When something that never comes would be due. */
    static final long NEVER = Long.MAX_VALUE;
    private static final double MINUTE_NANOS = 60e9;
    private static final double BURST = 0.1;

    private final int limit;
    private int part;
    private double level;
    private long filledAt;

    /**
     * A bucket of a worker that has no part of the limit yet.
     *
     * @param limit of all workers in a minute
     */
    TokenBucket(int limit) {
        this.limit = limit;
    }

    /** This worker has this part of the limit from now on. */
    void own(int newPart, long now) {
        fill(now);
        if (newPart < part) {
            level = Math.max(level, 0) * newPart / part + Math.min(level, 0);
        }
        part = newPart;
    }

    /**
     * When so much can be taken: now at the earliest. What is larger than the burst waits for a full bucket, which it
     * leaves in debt.
     *
     * @param reserve the part of a full bucket, from 0 to 1, that is to be left for others
     */
    long readyAt(long amount, double reserve, long now) {
        fill(now);
        if (part == 0) {
            return NEVER;
        }
        double missing = Math.min(amount + reserve * capacity(), capacity()) - level;
        return missing <= 1e-9 ? now : now + (long) Math.ceil(missing / perNano());
    }

    /** Takes so much, whether it is there or not. */
    void take(long amount, long now) {
        fill(now);
        level -= amount;
    }

    /** Gives back what was taken and not used. */
    void giveBack(long amount, long now) {
        fill(now);
        level = Math.min(capacity(), level + amount);
    }

    /** The provider says that no more than this is left of the whole limit. */
    void leftOver(long amount, long now) {
        fill(now);
        level = Math.min(level, (double) amount * part / limit);
    }

    int limit() {
        return limit;
    }

    /** How much of the limit is this worker's. */
    int perMinute() {
        return part;
    }

    private double capacity() {
        return Math.max(1, part * BURST);
    }

    /** A full bucket and what flows in within a minute are what may be taken in it; of a bucket of one, the former is the latter's first. */
    private double perNano() {
        return (capacity() > 1 ? part - capacity() : part) / MINUTE_NANOS;
    }

    private void fill(long now) {
        if (part > 0) {
            level = Math.min(capacity(), level + (now - filledAt) * perNano());
        }
        filledAt = now;
    }
}
