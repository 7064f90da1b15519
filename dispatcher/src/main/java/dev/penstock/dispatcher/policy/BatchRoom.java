package dev.penstock.dispatcher.policy;

/**
 * How many slots batch may have: its share of them, and no more than the most calls that interactive had open within
 * the last seconds leave, for a batch call that has begun cannot be taken back. Where that is nothing, one call at a time
 * and one in {@value #TRICKLE_SECONDS} s, so that batch does not starve. Not thread-safe.
 */
final class BatchRoom {
    static final int TRICKLE_SECONDS = 10;
    private static final long SECOND = 1_000_000_000L;
    private static final long SPAN = 5 * SECOND;

    private int open;
    private long lastBegun = Long.MIN_VALUE / 2;
    private int peak;
    private int peakBefore;
    private long spanBegan;

    /** Whether batch may begin a call, of so many slots. */
    boolean mayBegin(int slots, double share, long now) {
        turn(now);
        int most = Math.min((int) Math.ceil(slots * share), slots - Math.max(peak, peakBefore));
        return open < most || open == 0 && now - lastBegun >= TRICKLE_SECONDS * SECOND;
    }

    /** Whether interactive had calls open within the last seconds. */
    boolean besideInteractive(long now) {
        turn(now);
        return Math.max(peak, peakBefore) > 0;
    }

    /** When it may, if it cannot now and nothing happens. */
    long readyAt(long now) {
        long turned = spanBegan + SPAN;
        return Math.max(now + 1, open == 0 ? Math.min(turned, lastBegun + TRICKLE_SECONDS * SECOND) : turned);
    }

    void begun(long now) {
        open++;
        lastBegun = now;
    }

    void ended() {
        open--;
    }

    /** So many interactive calls are open now. */
    void interactive(int calls, long now) {
        turn(now);
        peak = Math.max(peak, calls);
    }

    int open() {
        return open;
    }

    private void turn(long now) {
        if (now - spanBegan >= SPAN) {
            peakBefore = now - spanBegan >= 2 * SPAN ? 0 : peak;
            peak = 0;
            spanBegan = now;
        }
    }
}
