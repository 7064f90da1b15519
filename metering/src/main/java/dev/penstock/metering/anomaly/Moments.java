package dev.penstock.metering.anomaly;

/**
 * An exponentially weighted mean and variance.
 *
 * @see <a href="https://fanf2.user.srcf.net/hermes/doc/antiforgery/stats.pdf">T. Finch, Incremental calculation of
 *     weighted mean and variance (2009), section 9</a>
 */
record Moments(double mean, double variance) {
    static final Moments NONE = new Moments(0, 0);

    /** With one more value, of which so much counts: 1 forgets all that was before. */
    Moments with(double value, double weight) {
        double difference = value - mean;
        double increment = weight * difference;
        return new Moments(mean + increment, (1 - weight) * (variance + difference * increment));
    }

    /** What lies so many standard deviations above the mean. */
    double above(double deviations) {
        return mean + deviations * Math.sqrt(variance);
    }
}
