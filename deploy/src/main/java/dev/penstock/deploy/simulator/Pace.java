package dev.penstock.deploy.simulator;

import java.util.concurrent.TimeUnit;

/**
 * How fast and how long the simulated model speaks.
 *
 * @param ttftMillis time to the first token
 * @param itlMillis inter-token latency: from one token to the next; 0 for as fast as the peer reads
 * @param tokens length of a text; 0 for one without end
 */
record Pace(long ttftMillis, double itlMillis, long tokens) {

    /** When token {@code index} (from 0) is due, in nanoseconds from the request's arrival: absolute, so no drift. */
    long dueNanos(long index) {
        return TimeUnit.MILLISECONDS.toNanos(ttftMillis) + (long) (index * itlMillis * 1e6);
    }

    /** This pace with a later first token. */
    Pace later(long millis) {
        return new Pace(ttftMillis + millis, itlMillis, tokens);
    }
}
