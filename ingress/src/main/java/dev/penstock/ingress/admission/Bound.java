package dev.penstock.ingress.admission;

import java.math.BigInteger;

/**
 * The most that a request can cost, in nano-US-dollars.
 *
 * @param input what the prompt costs at most
 * @param outputTokens what can be written at most, over all choices
 * @param outputPrice of a million of them
 */
public record Bound(long input, long outputTokens, long outputPrice) {
    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    /** The sum, rounded up; {@link Long#MAX_VALUE} if it is more than a long holds. */
    public long total() {
        BigInteger output = BigInteger.valueOf(outputTokens).multiply(BigInteger.valueOf(outputPrice));
        BigInteger sum = output.add(MILLION).subtract(BigInteger.ONE).divide(MILLION).add(BigInteger.valueOf(input));
        return sum.bitLength() > 62 ? Long.MAX_VALUE : sum.longValueExact();
    }

    /** How many tokens could be written for so much; 0 if the prompt alone costs more. */
    public long tokensFor(long amount) {
        long rest = amount - input;
        return rest <= 0 || outputPrice == 0
                ? 0
                : BigInteger.valueOf(rest).multiply(MILLION).divide(BigInteger.valueOf(outputPrice)).longValueExact();
    }
}
