package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Rates;
import dev.penstock.schemas.catalog.TokenClass;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What has to be held for an attempt that goes on with the answer of another. */
public final class HoldAgain {
    private static final long MILLION = 1_000_000;

    private HoldAgain() {}

    /**
     * The most that it may cost, in nano-US-dollars.
     *
     * @param first what covered any attempt as the request was made; the prompt may be dearer as a whole by its length
     * @param price null if it is unknown
     * @param input how many tokens the prompt may be longer by
     * @param output how many more may be written
     */
    public static long nanoUsd(long first, @Nullable Price price, long input, long output) {
        if (price == null || input + output == 0) {
            return first;
        }
        Rates dearest = Objects.requireNonNull(price.dearest(Long.MAX_VALUE, null), "any tier has one");
        long read = most(dearest, TokenClass.INPUT, TokenClass.CACHE_READ, TokenClass.CACHE_WRITE,
                TokenClass.CACHE_WRITE_1H);
        long written = most(dearest, TokenClass.OUTPUT, TokenClass.REASONING);
        return first * (price.above().isEmpty() ? 1 : times(price.rates(), dearest))
                + Math.ceilDiv(read * input + written * output, MILLION);
    }

    /** How many times as much the dearest rates may come to. */
    private static long times(Rates usual, Rates dearest) {
        long times = 1;
        for (TokenClass one : TokenClass.values()) {
            if (usual.of(one) > 0) {
                times = Math.max(times, Math.ceilDiv(dearest.of(one), usual.of(one)));
            }
        }
        return times;
    }

    private static long most(Rates rates, TokenClass... classes) {
        return Arrays.stream(classes).mapToLong(rates::of).max().orElse(0);
    }
}
