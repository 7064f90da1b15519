package dev.penstock.metering.anomaly;

/** What is odd about an hour, counted in hours since 1970. Amounts are nano-US-dollars. */
public sealed interface Anomaly {
    /** Which hour. */
    long hour();

    /** What was spent in it so far. */
    long spent();

    /**
     * It costs far more than the account's hours do.
     *
     * @param expected what an hour of the account costs in the mean
     */
    record Spend(long hour, long spent, long expected) implements Anomaly {}

    /**
     * What was spent went to other models than usual.
     *
     * @param model the one with the most that is unusual
     * @param expected what its usual share of this hour would be
     * @param seen what was spent on it
     */
    record Mix(long hour, long spent, String model, long expected, long seen) implements Anomaly {}
}
