package dev.penstock.schemas.catalog;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * What tokens cost by their class, in nano-US-dollars for a million: 0.15 USD for a million is 150,000,000.
 *
 * @param known input and output, and whatever costs otherwise than what it would by these; in the order of the classes
 */
public record Rates(Map<TokenClass, Long> known) {
    public Rates {
        var copy = new EnumMap<TokenClass, Long>(TokenClass.class);
        copy.putAll(known);
        copy.forEach((one, rate) -> Checks.notNegative(one.setting(), rate));
        for (TokenClass one : TokenClass.values()) {
            if (one.general() == null && !copy.containsKey(one)) {
                throw new IllegalArgumentException(one.setting() + ": is missing");
            }
        }
        for (TokenClass one : TokenClass.values()) {
            if (one.general() != null && of(one.general(), copy) == of(one, copy)) {
                copy.remove(one);
            }
        }
        known = Collections.unmodifiableMap(copy);
    }

    /** Of a class. */
    public long of(TokenClass one) {
        return of(one, known);
    }

    private static long of(TokenClass one, Map<TokenClass, Long> known) {
        Long rate = known.get(one);
        TokenClass general = one.general();
        return rate != null || general == null ? Objects.requireNonNull(rate) : of(general, known);
    }

    /** For each class the dearer of two rates. */
    public Rates max(Rates other) {
        return each(one -> Math.max(of(one), other.of(one)));
    }

    /** So many percent of every rate, rounded up. */
    Rates percent(int percent) {
        return each(one -> Math.ceilDiv(Math.multiplyExact(of(one), (long) percent), 100L));
    }

    /**
     * These rates where the price differs from the usual. A class that has a rate there and none here has the dearer of
     * its usual one and its general one here: what is not known is not taken for a discount.
     */
    public Rates over(Rates usual) {
        var filled = new EnumMap<TokenClass, Long>(known);
        usual.known.forEach((one, rate) -> filled.putIfAbsent(one, Math.max(rate, of(one))));
        return new Rates(filled);
    }

    private static Rates each(ToLongFunction<TokenClass> rate) {
        var all = new EnumMap<TokenClass, Long>(TokenClass.class);
        for (TokenClass one : TokenClass.values()) {
            all.put(one, rate.applyAsLong(one));
        }
        return new Rates(all);
    }
}
