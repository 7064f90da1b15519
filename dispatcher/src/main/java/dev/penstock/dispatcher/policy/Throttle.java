package dev.penstock.dispatcher.policy;

/**
 * How many of its slots a worker uses: halved where the provider says that it is too much, and then, as calls succeed,
 * raised by a twentieth of the slots for every round of them (additive increase, multiplicative decrease). Several
 * refusals within a second are one word, since their calls were under way together. Not thread-safe.
 */
final class Throttle {
    private static final long ONE_WORD_NANOS = 1_000_000_000L;

    private double part = 1;
    private long lowered = Long.MIN_VALUE / 2;

    /** So many of these slots; all are used again after some time. At least one, if there is one. */
    int of(int slots) {
        return slots == 0 ? 0 : Math.max(1, (int) Math.round(part * slots));
    }

    void lower(int slots, long now) {
        if (now - lowered >= ONE_WORD_NANOS && slots > 0) {
            lowered = now;
            part = Math.max(1.0 / slots, part / 2);
        }
    }

    void raise(int slots, long now) {
        if (part < 1 && slots > 0 && now - lowered >= ONE_WORD_NANOS) {
            part = Math.min(1, part + Math.max(1.0 / slots, 0.05) / of(slots));
        }
    }
}
