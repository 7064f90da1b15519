package dev.penstock.dispatcher.policy;

/**
 * Keeps calls away from a model that fails. It opens when more than 60 % of the latest calls failed, which
 * {@value #FEWEST} failures in a row are (an average in which each call counts for {@value #WEIGHT}, and which halves in
 * {@value #HALF_LIFE_SECONDS} s without calls), for a second at first and twice as long each time up to
 * {@value #LONGEST_SECONDS} s. After that one call at a time is let through as a probe: one that succeeds closes it. Not
 * thread-safe.
 */
final class Breaker {
    static final int FEWEST = 8;
    static final double WEIGHT = 0.12;
    static final int HALF_LIFE_SECONDS = 10;
    static final int LONGEST_SECONDS = 30;
    private static final long SECOND = 1_000_000_000L;

    private static final double TOO_MANY = 0.6;

    private double failures;
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
        count(0, now);
        if (probe) {
            probing = false;
            openings = 0;
            failures = 0;
        }
    }

    void failed(boolean probe, long now) {
        count(1, now);
        if (probe || openings == 0 && failures > TOO_MANY) {
            probing = false;
            openUntil = now + Math.min(LONGEST_SECONDS, 1L << Math.min(openings, 5)) * SECOND;
            openings++;
        }
    }

    /** The call proved nothing: it was cut off, or refused for want of room. */
    void proved(boolean probe) {
        probing &= !probe;
    }

    private void count(int failure, long now) {
        double left = failures * Math.pow(0.5, (now - countedAt) / (double) (HALF_LIFE_SECONDS * SECOND));
        failures = left + WEIGHT * (failure - left);
        countedAt = now;
    }
}
