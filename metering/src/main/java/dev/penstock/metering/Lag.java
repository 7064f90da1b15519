package dev.penstock.metering;

/**
 * Whether a task may conclude from silence: not for a while after it began, and not as long as what it takes in is old.
 * Times are ms of the wall clock.
 */
final class Lag {
    private static final long OLD_MS = 30_000;
    private static final long RECENT_MS = 5_000;

    private final long quietUntil;
    private long tookAt = Long.MIN_VALUE / 2;
    private long age;

    Lag(long startedAt, long patience) {
        this.quietUntil = startedAt + patience;
    }

    void took(long timestamp, long now) {
        tookAt = now;
        age = now - timestamp;
    }

    boolean isBehind(long now) {
        return now < quietUntil || age > OLD_MS && now - tookAt < RECENT_MS;
    }
}
