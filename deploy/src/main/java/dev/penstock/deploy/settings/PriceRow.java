package dev.penstock.deploy.settings;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Rates;
import dev.penstock.schemas.catalog.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one row of {@link PriceTable}. A row with a price that is no number, or with one for something that Penstock
 * does not count, has no price, since half of one would be wrong. A row whose tokens cost 0 is what LiteLLM takes it
 * for, free; but a write to the cache that costs less than plain input is one that is not billed apart, and counts as
 * that. Discounts by the hour are not taken, and surcharges of regions are not known.
 */
final class PriceRow {
    private static final Map<String, TokenClass> CLASSES = Map.of(
            "input_cost_per_token", TokenClass.INPUT,
            "output_cost_per_token", TokenClass.OUTPUT,
            "cache_read_input_token_cost", TokenClass.CACHE_READ,
            "cache_creation_input_token_cost", TokenClass.CACHE_WRITE,
            "cache_creation_input_token_cost_above_1hr", TokenClass.CACHE_WRITE_1H,
            "input_cost_per_audio_token", TokenClass.AUDIO_INPUT,
            "output_cost_per_audio_token", TokenClass.AUDIO_OUTPUT,
            "output_cost_per_reasoning_token", TokenClass.REASONING);
    private static final Pattern MODIFIED = Pattern
            .compile("(.+?)(?:_above_(\\d{1,6})(k?)_tokens)?(?:_(flex|priority|batches))?");
    /** These are billed apart, and no provider's usage tells how many there are. */
    private static final Map<String, TokenClass> UNCOUNTED = Map.of(
            "input_cost_per_image_token", TokenClass.INPUT,
            "output_cost_per_image_token", TokenClass.OUTPUT,
            "input_cost_per_video_token", TokenClass.INPUT,
            "output_cost_per_video_token", TokenClass.OUTPUT);
    private static final Set<String> FEES = Set.of("input_cost_per_request", "citation_cost_per_token",
            "tiered_pricing");
    private static final Set<String> MODES = Set.of("chat", "completion", "responses");
    private static final String STANDARD = "";
    private static final int MOST_DECIMALS = 100;

    private final JsonNode row;
    private final List<String> problems = new ArrayList<>();
    /** By tier and by the length of prompt above which it applies. */
    private final Map<String, TreeMap<Integer, Map<TokenClass, Long>>> found = new HashMap<>();

    private PriceRow(JsonNode row) {
        this.row = row;
    }

    static PriceTable.Entry read(String key, JsonNode row) {
        var reader = new PriceRow(row);
        Price price = reader.price();
        Integer longest = reader.tokens("max_input_tokens");
        boolean steps = price != null && longest != null && !price.above().tailMap(longest).isEmpty();
        var limits = new Limits(steps ? null : longest, reader.tokens("max_output_tokens"), null);
        return new PriceTable.Entry(key, price, limits, List.copyOf(reader.problems));
    }

    private @Nullable Price price() {
        if (!MODES.contains(row.path("mode").asText("chat"))) {
            problems.add("mode is " + row.path("mode").asText());
        }
        row.properties().forEach(field -> gather(field.getKey(), field.getValue()));
        Map<TokenClass, Long> usual = known(STANDARD, 0);
        for (TokenClass one : List.of(TokenClass.INPUT, TokenClass.OUTPUT)) {
            if (problems.isEmpty() && !usual.containsKey(one)) {
                problems.add("there is no price of " + one.setting() + " tokens");
            }
        }
        if (problems.isEmpty()) {
            UNCOUNTED.forEach((field, general) -> {
                Long dearer = nano(field, row.path(field));
                if (dearer != null && dearer > usual.getOrDefault(general, 0L)) {
                    problems.add(field + " is for tokens that are not counted apart");
                }
            });
        }
        if (!problems.isEmpty()) {
            return null;
        }
        var tiers = new TreeMap<String, Price>();
        for (String tier : found.keySet()) {
            if (!tier.equals(STANDARD)) {
                Rates rates = rates(tier, 0, new Rates(usual));
                tiers.put(tier.equals("batches") ? "batch" : tier,
                        new Price(rates, above(tier, rates), new TreeMap<>()));
            }
        }
        Rates rates = rates(STANDARD, 0, new Rates(usual));
        return new Price(rates, above(STANDARD, rates), tiers);
    }

    private void gather(String field, JsonNode value) {
        if (FEES.contains(field) && !value.isNull() && value.asDouble(1) != 0) {
            problems.add(field + " is not by tokens that are counted");
        }
        Matcher parts = MODIFIED.matcher(field);
        TokenClass one = parts.matches() ? CLASSES.get(parts.group(1)) : null;
        Long nano = one == null ? null : nano(field, value);
        if (one != null && nano != null) {
            int above = parts.group(2) == null
                    ? 0
                    : Integer.parseInt(parts.group(2)) * (parts.group(3).isEmpty() ? 1 : 1_000);
            String tier = parts.group(4) == null ? STANDARD : parts.group(4);
            found.computeIfAbsent(tier, _ -> new TreeMap<>())
                    .computeIfAbsent(above, _ -> new EnumMap<>(TokenClass.class)).put(one, nano);
        }
    }

    /** Dollars a token as nano-dollars for a million tokens, rounded up; null for none. */
    private @Nullable Long nano(String field, JsonNode dollars) {
        if (dollars.isMissingNode() || dollars.isNull()) {
            return null;
        }
        if (dollars.isNumber() && dollars.decimalValue().signum() >= 0
                && dollars.decimalValue().compareTo(BigDecimal.ONE) < 0
                && dollars.decimalValue().scale() <= MOST_DECIMALS) {
            return dollars.decimalValue().movePointRight(15).setScale(0, RoundingMode.CEILING).longValueExact();
        }
        problems.add(field + " must be dollars a token, not negative and less than 1");
        return null;
    }

    private SortedMap<Integer, Rates> above(String tier, Rates usual) {
        var above = new TreeMap<Integer, Rates>();
        for (int tokens : found.getOrDefault(tier, new TreeMap<>()).tailMap(1).keySet()) {
            above.put(tokens, rates(tier, tokens, usual));
        }
        return above;
    }

    private Rates rates(String tier, int above, Rates usual) {
        var known = new EnumMap<TokenClass, Long>(TokenClass.class);
        known.putAll(known(tier, above));
        known.putIfAbsent(TokenClass.INPUT, usual.of(TokenClass.INPUT));
        known.putIfAbsent(TokenClass.OUTPUT, usual.of(TokenClass.OUTPUT));
        long plain = known.getOrDefault(TokenClass.INPUT, 0L);
        for (TokenClass write : List.of(TokenClass.CACHE_WRITE, TokenClass.CACHE_WRITE_1H)) {
            if (known.getOrDefault(write, plain) < plain) {
                known.remove(write);
            }
        }
        return new Rates(known);
    }

    private Map<TokenClass, Long> known(String tier, int above) {
        return found.getOrDefault(tier, new TreeMap<>()).getOrDefault(above, Map.of());
    }

    private @Nullable Integer tokens(String field) {
        JsonNode value = row.path(field);
        return value.canConvertToInt() && value.asInt() > 0 ? value.asInt() : null;
    }
}
