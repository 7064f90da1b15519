package dev.penstock.schemas.catalog;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a model's tokens cost, in nano-US-dollars for a million tokens: 0.15 USD for a million is 150,000,000.
 *
 * @param input prompt tokens
 * @param output completion tokens, reasoning included
 * @param cacheRead prompt tokens read from the provider's cache; null: as {@code input}
 * @param cacheWrite prompt tokens written to the provider's cache; null: as {@code input}
 */
public record Price(long input, long output, @Nullable Long cacheRead, @Nullable Long cacheWrite) {
    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    public Price {
        Checks.notNegative("input", input);
        Checks.notNegative("output", output);
        if (cacheRead != null) {
            Checks.notNegative("cacheRead", cacheRead);
        }
        if (cacheWrite != null) {
            Checks.notNegative("cacheWrite", cacheWrite);
        }
    }

    /**
     * The cost of an attempt in nano-US-dollars, rounded up.
     *
     * @param inputTokens all prompt tokens, the cached ones included
     * @param outputTokens all completion tokens
     * @param cacheReadTokens part of {@code inputTokens}
     * @param cacheWriteTokens part of {@code inputTokens}
     */
    public long cost(long inputTokens, long outputTokens, long cacheReadTokens, long cacheWriteTokens) {
        long plain = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
        BigInteger sum = product(plain, input).add(product(outputTokens, output))
                .add(product(cacheReadTokens, cacheRead == null ? input : cacheRead))
                .add(product(cacheWriteTokens, cacheWrite == null ? input : cacheWrite));
        return sum.add(MILLION).subtract(BigInteger.ONE).divide(MILLION).longValueExact();
    }

    /** As {@link #cost}; null for counts that no provider can mean: negative ones, or worth more than a long holds. */
    public @Nullable Long costIfSensible(long inputTokens, long outputTokens, long cacheReadTokens,
            long cacheWriteTokens) {
        if (Math.min(Math.min(inputTokens, outputTokens), Math.min(cacheReadTokens, cacheWriteTokens)) < 0) {
            return null;
        }
        try {
            return cost(inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens);
        } catch (ArithmeticException _) {
            return null;
        }
    }

    private static BigInteger product(long tokens, long price) {
        return BigInteger.valueOf(tokens).multiply(BigInteger.valueOf(price));
    }
}
