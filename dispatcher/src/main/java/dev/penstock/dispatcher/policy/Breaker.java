package dev.penstock.dispatcher.policy;

/**
 * Keeps calls away from a model that fails. It opens when of at least {@value #FEWEST} recent calls more than half
 * failed (calls count for half after every {@value #HALF_LIFE_SECONDS} s), for a second at first and twice as long each
 * time up to {@value #LONGEST_SECONDS} s. After that one call at a time is let through as a probe: one that succeeds
 * closes it. Not thread-safe.
 */
final class Breaker {
    static final int FEWEST = 6;
    static final int HALF_LIFE_SECONDS = 10;
    static final int LONGEST_SECONDS = 30;
    private static final long SECOND = 1_000_000_000L;

    private double succeeded;
    private double failed;
    private long countedAt;
    private int openings;
    private long openUntil;
    private boolean probing;

    /** Whether no call may begin before {@link #readyAt}. */
    boolean isOpen(long now) {
        return openings > 0 && (probing || now < openUntil);
    }

    /** When a call may begin; {@link TokenBucket#NEVER} while the end of a probe has to be waited for. */
    long readyAt(long now) {
        if (openings == 0) {
            return now;
        }
        return probing ? TokenBucket.NEVER : Math.max(now, openUntil);
    }

    /** A call begins; whether it is a probe, whose end is to be told even if it proves nothing. */
    boolean begin() {
        probing = openings > 0;
        return probing;
    }

    void succeeded(boolean probe, long now) {
        decay(now);
        if (probe) {
            probing = false;
            openings = 0;
            failed = 0;
        }
        succeeded++;
    }

    void failed(boolean probe, long now) {
        decay(now);
        failed++;
        if (probe || openings == 0 && succeeded + failed >= FEWEST - 0.5 && failed > succeeded) {
            probing = false;
            openUntil = now + Math.min(LONGEST_SECONDS, 1L << Math.min(openings, 5)) * SECOND;
            openings++;
        }
    }

    /** The call proved nothing: it was cut off, or refused for want of room. */
    void proved(boolean probe) {
        probing &= !probe;
    }

    private void decay(long now) {
        double left = Math.pow(0.5, (now - countedAt) / (double) (HALF_LIFE_SECONDS * SECOND));
        succeeded *= left;
        failed *= left;
        countedAt = now;
    }
}
