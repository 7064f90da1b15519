package dev.penstock.dispatcher.policy;

/**
 * Lets through so much in a minute: in no span of a minute, its end not included, more than this worker's share of the
 * limit. A tenth of that may come at once. A share that grows begins empty, as its last owner may just have used it up,
 * so that the sum over all workers keeps the limit also while partitions move. Time is in nanoseconds of any clock that
 * does not go back. Not thread-safe.
 */
public final class TokenBucket {
    /** When something that never comes would be due. */
    public static final long NEVER = Long.MAX_VALUE;
    private static final double MINUTE_NANOS = 60e9;
    private static final double BURST = 0.1;

    private final double perMinute;
    private final int grain;
    private double share;
    private double level;
    private long filledAt;

    private TokenBucket(double perMinute, int grain) {
        this.perMinute = perMinute;
        this.grain = grain;
    }

    /** For what is taken one at a time. */
    public static TokenBucket ofRequests(int perMinute) {
        return new TokenBucket(perMinute, 1);
    }

    /** For what is taken many at a time; something larger than the burst waits for a full bucket and leaves it in debt. */
    public static TokenBucket ofTokens(int perMinute) {
        return new TokenBucket(perMinute, 0);
    }

    /** This worker has this part of the limit from now on, from 0 to 1. */
    public void own(double newShare, long now) {
        fill(now);
        if (newShare < share) {
            level = Math.max(level, 0) * newShare / share + Math.min(level, 0);
        }
        share = newShare;
    }

    /**
     * When so much can be taken: now at the earliest.
     *
     * @param reserve the part of a full bucket, from 0 to 1, that is to be left for others
     */
    public long readyAt(double amount, double reserve, long now) {
        fill(now);
        if (share == 0) {
            return NEVER;
        }
        double missing = Math.min(amount + reserve * capacity(), capacity()) - level;
        return missing <= 1e-9 ? now : now + (long) Math.ceil(missing / perNano());
    }

    /** Takes so much, whether it is there or not. */
    public void take(double amount, long now) {
        fill(now);
        level -= amount;
    }

    /** Gives back what was taken and not used. */
    public void giveBack(double amount, long now) {
        fill(now);
        level = Math.min(capacity(), level + amount);
    }

    /** The provider says that no more than this is left of the whole limit. */
    public void leftOver(double amount, long now) {
        fill(now);
        level = Math.min(level, amount * share);
    }

    /** How much of a minute's limit is this worker's. */
    public double perMinute() {
        return perMinute * share;
    }

    private double capacity() {
        return Math.max(1, perMinute * share * BURST);
    }

    private double perNano() {
        double most = perMinute * share;
        return (most > capacity() ? most - capacity() + grain : most) / MINUTE_NANOS;
    }

    private void fill(long now) {
        if (share > 0) {
            level = Math.min(capacity(), level + (now - filledAt) * perNano());
        }
        filledAt = now;
    }
}
