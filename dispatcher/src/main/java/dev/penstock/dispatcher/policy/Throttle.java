package dev.penstock.dispatcher.policy;

/**
 * How many of its slots a worker uses: halved where the provider says that it is too much, and then, as calls succeed,
 * raised by a twentieth of the slots for every round of them (additive increase, multiplicative decrease). Several
 * refusals within a second are one word, since their calls were under way together. Of the latest hundred or so calls one
 * in ten may be refused, and two more, without that being a word at all, or a provider that refuses now and then would be
 * used for next to nothing. Counted in calls, not in seconds: of the few calls that slow answers leave for a second, one
 * in ten is soon refused by chance. Not thread-safe.
 */
final class Throttle {
    private static final long ONE_WORD_NANOS = 1_000_000_000L;
    private static final long HALF_LIFE_NANOS = 10 * ONE_WORD_NANOS;
    private static final double TOLERATED = 0.1;
    private static final int FORGIVEN = 2;
    private static final double KEPT_A_CALL = 0.99;

    private double part = 1;
    private long lowered = Long.MIN_VALUE / 2;
    /** Each counting for less with every call after it, and for half after ten seconds. */
    private double succeeded;
    private double refused;
    private long counted;

    /** So many of these slots; all are used again after some time. At least one, if there is one. */
    int of(int slots) {
        return slots == 0 ? 0 : Math.max(1, (int) Math.round(part * slots));
    }

    /** A call was refused; whether that says something of all calls. */
    boolean lower(int slots, long now) {
        fade(now);
        refused++;
        boolean word = refused > FORGIVEN + TOLERATED * (refused + succeeded);
        if (word && now - lowered >= ONE_WORD_NANOS && slots > 0) {
            lowered = now;
            part = Math.max(1.0 / slots, part / 2);
        }
        return word;
    }

    void raise(int slots, long now) {
        fade(now);
        succeeded++;
        if (part < 1 && slots > 0 && now - lowered >= ONE_WORD_NANOS) {
            part = Math.min(1, part + Math.max(1.0 / slots, 0.05) / of(slots));
        }
    }

    private void fade(long now) {
        double left = KEPT_A_CALL * Math.pow(0.5, Math.max(0, now - counted) / (double) HALF_LIFE_NANOS);
        counted = now;
        succeeded *= left;
        refused *= left;
    }
}
