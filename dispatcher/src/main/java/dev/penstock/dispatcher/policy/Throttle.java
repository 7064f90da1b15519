package dev.penstock.dispatcher.policy;

/**
 * How many of its slots a worker uses: halved where the provider says that it is too much, and then, as calls succeed,
 * raised by a twentieth of the slots for every round of them (additive increase, multiplicative decrease). Several
 * refusals within a second are one word, since their calls were under way together; and where nine of ten calls succeed,
 * those that are refused are no word at all, or a provider that refuses now and then would be used for next to nothing.
 * Not thread-safe.
 */
final class Throttle {
    private static final long ONE_WORD_NANOS = 1_000_000_000L;
    private static final double TOLERATED = 0.1;

    private double part = 1;
    private long lowered = Long.MIN_VALUE / 2;
    /** Of the last seconds, each counting for half of the one after it. */
    private double succeeded;
    private double refused;
    private long second;

    /** So many of these slots; all are used again after some time. At least one, if there is one. */
    int of(int slots) {
        return slots == 0 ? 0 : Math.max(1, (int) Math.round(part * slots));
    }

    void lower(int slots, long now) {
        fade(now);
        refused++;
        if (now - lowered >= ONE_WORD_NANOS && slots > 0 && refused > TOLERATED * (refused + succeeded)) {
            lowered = now;
            part = Math.max(1.0 / slots, part / 2);
        }
    }

    void raise(int slots, long now) {
        fade(now);
        succeeded++;
        if (part < 1 && slots > 0 && now - lowered >= ONE_WORD_NANOS) {
            part = Math.min(1, part + Math.max(1.0 / slots, 0.05) / of(slots));
        }
    }

    private void fade(long now) {
        long seconds = (now - second) / ONE_WORD_NANOS;
        if (seconds > 0) {
            second += seconds * ONE_WORD_NANOS;
            double left = Math.pow(0.5, (double) seconds);
            succeeded *= left;
            refused *= left;
        }
    }
}
