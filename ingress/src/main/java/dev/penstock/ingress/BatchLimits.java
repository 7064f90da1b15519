package dev.penstock.ingress;

/**
 * How large batches may be.
 *
 * @param lines of an input
 * @param window how many lines of a batch may be on a queue or at a provider at once
 */
public record BatchLimits(int lines, int window) {
    public BatchLimits {
        if (lines <= 0 || window <= 0) {
            throw new IllegalArgumentException("batches: the limits must be positive");
        }
    }
}
