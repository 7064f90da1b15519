package dev.penstock.ingress.limits;

/**
 * A budget that fills by so much a minute up to a burst, and is full at first. It may be taken from beyond what is
 * there, which the time to come then pays for. All in integers, so that nothing is lost to rounding. Not thread-safe.
 *
 * <p>Within any minute at most {@code burst + perMinute} can be taken by those who ask {@link #tryTake}.
 */
final class TokenBucket {
    private static final long MINUTE = 60_000;
    /** With it, what a minute brings still fits a long many times over. */
    private static final long MOST = 1L << 40;

    private long perMinute;
    private long burst;
    /** In parts of 1/60,000, of which {@code perMinute} come in a millisecond. */
    private long level;
    private long at;

    /**
     * @param perMinute positive; what is beyond 2^40 is no limit to speak of, and cut
     * @param burst the most that it holds, positive
     * @param now in milliseconds of any clock that does not go back
     */
    TokenBucket(long perMinute, long burst, long now) {
        this.perMinute = checked(perMinute);
        this.burst = checked(burst);
        this.level = this.burst * MINUTE;
        this.at = now;
    }

    /** From now on it fills at another rate, and holds another most; what is there stays, up to that. */
    void adjust(long otherPerMinute, long otherBurst, long now) {
        fill(now);
        perMinute = checked(otherPerMinute);
        burst = checked(otherBurst);
        level = Math.min(level, burst * MINUTE);
    }

    /** Takes so much if it is there, and tells whether it was. More than the burst is given to a full bucket. */
    boolean tryTake(long amount, long now) {
        if (millisUntil(amount, now) > 0) {
            return false;
        }
        take(amount, now);
        return true;
    }

    /** Takes so much, whether it is there or not. */
    void take(long amount, long now) {
        fill(now);
        level -= Math.min(amount, MOST) * MINUTE;
    }

    /** Gives back what was taken and not used. */
    void giveBack(long amount, long now) {
        fill(now);
        level = Math.min(burst * MINUTE, level + Math.min(amount, MOST) * MINUTE);
    }

    /** What is there, rounded down; negative if more has been taken. */
    long available(long now) {
        fill(now);
        return Math.floorDiv(level, MINUTE);
    }

    /** In how many milliseconds so much will be there; 0 if it is. */
    long millisUntil(long amount, long now) {
        fill(now);
        long lacking = Math.min(amount, burst) * MINUTE - level;
        return lacking <= 0 ? 0 : Math.ceilDiv(lacking, perMinute);
    }

    /** In how many milliseconds it will be full; 0 if it is. */
    long millisUntilFull(long now) {
        return millisUntil(burst, now);
    }

    private void fill(long now) {
        long full = burst * MINUTE;
        long elapsed = now - at;
        if (elapsed <= 0) {
            return;
        }
        at = now;
        level = elapsed >= Math.ceilDiv(full - level, perMinute) ? full : level + elapsed * perMinute;
    }

    private static long checked(long amount) {
        if (amount <= 0) {
            throw new IllegalArgumentException(amount + " must be positive");
        }
        return Math.min(amount, MOST);
    }
}
