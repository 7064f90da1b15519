package dev.penstock.schemas.catalog;

import dev.penstock.schemas.event.Tokens;
import java.math.BigInteger;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a model's tokens cost. The one place where tokens become money: the answer's {@code usage.cost}, the hold, the
 * usage event and the ledger all ask here.
 *
 * <p>Steps and tiers may be given with what is known to differ; the rest is filled in so that nothing is taken for a
 * discount that is not known to be one.
 *
 * @param rates as a rule
 * @param above for all tokens of a request whose prompt has more tokens than this, cached ones included
 * @param serviceTiers where the answer says that it was served in such a tier, by OpenAI's names; {@code batch} is a
 *     provider's own batch endpoint. Without tiers of their own
 */
public record Price(Rates rates, SortedMap<Integer, Rates> above, SortedMap<String, Price> serviceTiers) {
    /** The service tier of a provider's own batch API. */
    public static final String BATCH = "batch";

    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
    /** They cost more than usual; all the others cost the same or less, and are not always told apart. */
    private static final Set<String> DEARER_TIERS = Set.of("priority", "fast");

    public Price {
        above.keySet().forEach(tokens -> Checks.positive("above", tokens));
        if (serviceTiers.values().stream().anyMatch(tier -> !tier.serviceTiers.isEmpty())) {
            throw new IllegalArgumentException("serviceTiers: must have no tiers of their own");
        }
        var steps = new TreeMap<>(above);
        steps.replaceAll((_, step) -> step.over(rates));
        var tiers = new TreeMap<>(serviceTiers);
        tiers.replaceAll((_, tier) -> tier.within(rates, steps));
        above = Collections.unmodifiableSortedMap(steps);
        serviceTiers = Collections.unmodifiableSortedMap(tiers);
    }

    /** The same for prompts of any length and all tiers, in nano-US-dollars for a million; null: as {@code input}. */
    public Price(long input, long output, @Nullable Long cacheRead, @Nullable Long cacheWrite) {
        this(rates(input, output, cacheRead, cacheWrite), new TreeMap<>(), new TreeMap<>());
    }

    private static Rates rates(long input, long output, @Nullable Long cacheRead, @Nullable Long cacheWrite) {
        var known = new EnumMap<TokenClass, Long>(
                Map.of(TokenClass.INPUT, input, TokenClass.OUTPUT, output));
        if (cacheRead != null) {
            known.put(TokenClass.CACHE_READ, cacheRead);
        }
        if (cacheWrite != null) {
            known.put(TokenClass.CACHE_WRITE, cacheWrite);
        }
        return new Rates(known);
    }

    /**
     * The cost of an attempt in nano-US-dollars, rounded up. Null if it is unknown: it was served in a dearer tier
     * without a price, or the counts are none that a provider can mean, negative or worth more than a long holds.
     */
    public @Nullable Long cost(Tokens tokens) {
        Price tier = tier(tokens.getServiceTier());
        if (tier == null || anyNegative(tokens)) {
            return null;
        }
        Rates paid = tier.rates;
        for (var step : tier.above.entrySet()) {
            paid = tokens.getInput() / Math.max(1, tokens.getCalls()) > step.getKey() ? step.getValue() : paid;
        }
        long written1h = Math.min(tokens.getCacheWrite1h(), tokens.getCacheWrite());
        long plainInput = tokens.getInput() - tokens.getCacheRead() - tokens.getCacheWrite() - tokens.getAudioInput();
        long said = Math.max(0, tokens.getOutput() - tokens.getAudioOutput());
        long thought = Math.min(tokens.getReasoning(), said);
        BigInteger sum = product(plainInput, paid, TokenClass.INPUT)
                .add(product(tokens.getCacheRead(), paid, TokenClass.CACHE_READ))
                .add(product(tokens.getCacheWrite() - written1h, paid, TokenClass.CACHE_WRITE))
                .add(product(written1h, paid, TokenClass.CACHE_WRITE_1H))
                .add(product(tokens.getAudioInput(), paid, TokenClass.AUDIO_INPUT))
                .add(product(said - thought, paid, TokenClass.OUTPUT))
                .add(product(thought, paid, TokenClass.REASONING))
                .add(product(tokens.getAudioOutput(), paid, TokenClass.AUDIO_OUTPUT));
        BigInteger cost = sum.add(MILLION).subtract(BigInteger.ONE).divide(MILLION);
        return cost.bitLength() < Long.SIZE ? Long.valueOf(cost.longValueExact()) : null;
    }

    /**
     * The dearest that tokens of a request can be: for each class the highest rate that a prompt of so many tokens or
     * fewer can come to. Null if the tier that it asks for has no known price.
     *
     * @param serviceTier as the request says. Null and {@code auto} leave it to the provider's project, so to any tier
     */
    public @Nullable Rates dearest(long promptTokens, @Nullable String serviceTier) {
        if (serviceTier == null || serviceTier.equals("auto")) {
            Rates dearest = highest(promptTokens);
            for (Price tier : serviceTiers.values()) {
                dearest = dearest.max(tier.highest(promptTokens));
            }
            return dearest;
        }
        Price tier = tier(serviceTier);
        return tier == null ? null : tier.highest(promptTokens).max(highest(promptTokens)); // a tier may be full
    }

    /** Whether plain tokens are known to cost less in the provider's batch API: the prompt's, the answer's, and neither more. */
    public boolean isCheaperInBatch() {
        Price batch = serviceTiers.get(BATCH);
        return batch != null && batch.saves(TokenClass.INPUT, rates) + batch.saves(TokenClass.OUTPUT, rates) > 0
                && batch.saves(TokenClass.INPUT, rates) >= 0 && batch.saves(TokenClass.OUTPUT, rates) >= 0;
    }

    private long saves(TokenClass one, Rates usual) {
        return usual.of(one) - rates.of(one);
    }

    /** The same with a price for the provider's batch API, where there is none: this percentage of every rate, rounded up. */
    public Price withBatchPercent(int percent) {
        if (serviceTiers.containsKey(BATCH)) {
            return this;
        }
        var steps = new TreeMap<>(above);
        steps.replaceAll((_, step) -> step.percent(percent));
        var tiers = new TreeMap<>(serviceTiers);
        tiers.put(BATCH, new Price(rates.percent(percent), steps, new TreeMap<>()));
        return new Price(rates, above, tiers);
    }

    /** This price as that of a tier: what it lacks of the usual rates and steps is filled in. */
    private Price within(Rates usual, SortedMap<Integer, Rates> usualSteps) {
        Rates filled = rates.over(usual);
        var steps = new TreeMap<>(above);
        usualSteps.forEach((tokens, step) -> steps.putIfAbsent(tokens, step.max(filled)));
        return new Price(filled, steps, new TreeMap<>());
    }

    private Rates highest(long promptTokens) {
        Rates highest = rates;
        for (var step : above.entrySet()) {
            highest = promptTokens > step.getKey() ? highest.max(step.getValue()) : highest;
        }
        return highest;
    }

    private @Nullable Price tier(@Nullable String name) {
        if (name == null) {
            return this;
        }
        Price tier = serviceTiers.get(name);
        return tier != null || DEARER_TIERS.contains(name) ? tier : this;
    }

    private static boolean anyNegative(Tokens tokens) {
        return (tokens.getInput() | tokens.getOutput() | tokens.getCacheRead() | tokens.getCacheWrite()
                | tokens.getCacheWrite1h() | tokens.getAudioInput() | tokens.getAudioOutput()
                | tokens.getReasoning()) < 0;
    }

    /** Nothing for less than none: parts may be more than the whole, as providers count them. */
    private static BigInteger product(long tokens, Rates paid, TokenClass one) {
        return BigInteger.valueOf(Math.max(0, tokens)).multiply(BigInteger.valueOf(paid.of(one)));
    }
}
