package dev.penstock.schemas.ledger;

/** What was wished for lately, about a second's worth: a sum in which each amount fades. A guide, not an account. */
final class Demand {
    private static final double FADE_MS = 1_000;
    /** So much is kept ready even at a slow pace, in multiples of the last amount. */
    private static final int LEAST = 2;

    private double sum;
    private long last;
    private long at;

    void add(long amount, long now) {
        sum = faded(now) + amount;
        last = amount;
        at = now;
    }

    /** What it would be good to have ready; nothing after so long an idleness. */
    long target(long now, long idle) {
        return idleFor(now) > idle ? 0 : (long) Math.max(faded(now), LEAST * (double) last);
    }

    long idleFor(long now) {
        return now - at;
    }

    private double faded(long now) {
        return sum * Math.exp((at - now) / FADE_MS);
    }
}
