package dev.penstock.metering.webhook;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a delivery that failed is tried again: after three times as long each time, up to a limit, and of that half to
 * all by chance, so that what failed together does not come back together. Pure.
 *
 * @param first the longest pause after the first attempt
 * @param longest of all pauses
 * @param life how long after it arose an event is worth telling
 */
record Backoff(Duration first, Duration longest, Duration life) {
    static final Backoff DAY = new Backoff(Duration.ofSeconds(5), Duration.ofHours(2), Duration.ofDays(1));

    private static final int TIMES = 3;

    /**
     * When to try again; null to give up.
     *
     * @param attempts that have failed, from 1
     * @param chance from 0 to 1
     */
    @Nullable
    Instant next(Instant createdAt, int attempts, Instant now, double chance) {
        double pause = Math.min((double) longest.toMillis(), first.toMillis() * Math.pow(TIMES, attempts - 1));
        Instant next = now.plusMillis(Math.round(pause * (1 + chance) / 2));
        return isWorthTelling(createdAt, next) ? next : null;
    }

    boolean isWorthTelling(Instant createdAt, Instant at) {
        return !at.isAfter(createdAt.plus(life));
    }
}
