package dev.penstock.dispatcher.policy;

/**
 * How much of its slots batch takes while there are interactive requests too: less, where this worker is late with what it
 * does, for then it is not the provider that is short but the machine. Halved after half a second in which the event loop
 * came late again and again, and raised by a tenth of itself after each in which it did not. Not thread-safe.
 */
final class Strain {
    static final int LOOKS = 20;
    /** One late look in so many may be a garbage collection. */
    private static final int TOLERATED = 1;
    /** A request goes through several threads, which are all late where one is. */
    private static final long LATE = 3_000_000L;
    private static final double LEAST = 1.0 / 256;
    private static final double STEP = 1.1;

    private double part = 1;
    private int looks;
    private int late;

    /** A look at the clock that came so many nanoseconds late. */
    void seen(long nanos) {
        looks++;
        late += nanos > LATE ? 1 : 0;
        if (looks == LOOKS) {
            part = late > TOLERATED ? Math.max(LEAST, part / 2) : Math.min(1, part * STEP);
            looks = 0;
            late = 0;
        }
    }

    /** Of batch's share of the slots, from above 0 to 1. */
    double part() {
        return part;
    }
}
