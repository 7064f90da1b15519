package dev.penstock.schemas.ledger;

import java.time.Duration;

/**
 * The times that a spender keeps to, in ms.
 *
 * @param lease how long it goes on spending what was granted to it without hearing from the ledger
 * @param life how long a request may take from its hold to its end
 * @param margin for what comes late: a call that is still being cut off, an event on its way to the log
 * @param idle how long nobody may have spent before everything is returned
 * @param patience how long a request waits for the ledger's answer
 */
public record Terms(long lease, long life, long margin, long idle, long patience) {
    private static final long IDLE = 30_000;
    private static final long PATIENCE = 10_000;

    /** Those that are set, and the usual ones for the rest. */
    public static Terms of(Duration lease, Duration life, Duration margin) {
        return new Terms(lease.toMillis(), life.toMillis(), margin.toMillis(), IDLE, PATIENCE);
    }

    /** When the ledger may give a silent party up: whatever it admitted has ended and is on the log. */
    long closeAfter() {
        return lease + life + 2 * margin;
    }
}
