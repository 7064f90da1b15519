package dev.penstock.dispatcher.policy;

/**
 * How often a provider may be called again with what it failed at: once for every five calls that succeeded, and
 * {@value #RESERVE} times beyond, so that one that is dying is not hammered by retries. Not thread-safe.
 */
public final class RetryBudget {
    private static final int RESERVE = 10;
    private static final double SHARE = 0.2;

    private double left = RESERVE;

    /** A call succeeded. */
    public void succeeded() {
        left = Math.min(RESERVE, left + SHARE);
    }

    /** Takes one retry, if there is one. */
    public boolean take() {
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
