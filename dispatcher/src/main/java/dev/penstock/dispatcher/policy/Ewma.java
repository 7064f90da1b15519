package dev.penstock.dispatcher.policy;

/** An average in which the last values count most. Not thread-safe. */
final class Ewma {
    private static final double WEIGHT = 0.2;

    private double value = Double.NaN;

    void add(double sample) {
        value = Double.isNaN(value) ? sample : value + WEIGHT * (sample - value);
    }

    double or(double unknown) {
        return Double.isNaN(value) ? unknown : value;
    }
}
