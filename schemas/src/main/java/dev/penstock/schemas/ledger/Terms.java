package dev.penstock.schemas.ledger;

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
    private static final long MINUTE = 60_000;

    /** The usual ones, for requests that may take so long. */
    public static Terms of(long life) {
        return new Terms(5 * MINUTE, life, 2 * MINUTE, MINUTE / 2, MINUTE / 6);
    }

    /** When the ledger may give a silent party up: whatever it admitted has ended and is on the log. */
    long closeAfter() {
        return lease + life + 2 * margin;
    }
}
