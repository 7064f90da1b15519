package dev.penstock.deploy.settings;

import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Rates;
import dev.penstock.schemas.catalog.TokenClass;
import java.util.EnumMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a price as the settings have it, in US dollars for a million tokens. */
final class PriceReader {
    private PriceReader() {}

    /** Null if something is wrong with it, which is noted. */
    static @Nullable Price price(Section section) {
        var tiers = new TreeMap<String, Price>();
        section.sections("serviceTiers").forEach((name, tier) -> {
            Price made = plain(tier, new TreeMap<>());
            if (made != null) {
                tiers.put(name, made);
            }
        });
        return plain(section, tiers);
    }

    private static @Nullable Price plain(Section section, SortedMap<String, Price> tiers) {
        var above = new TreeMap<Integer, Rates>();
        section.sections("above").forEach((tokens, step) -> {
            Rates rates = rates(step);
            step.end();
            if (tokens.matches("[1-9]\\d{0,8}")) {
                above.put(Integer.valueOf(tokens), rates);
            } else {
                section.problem("above", tokens + " must be a number of tokens");
            }
        });
        Rates rates = rates(section);
        return section.make(() -> new Price(rates, above, tiers));
    }

    private static Rates rates(Section section) {
        var known = new EnumMap<TokenClass, Long>(TokenClass.class);
        for (TokenClass one : TokenClass.values()) {
            boolean needed = one == TokenClass.INPUT || one == TokenClass.OUTPUT;
            if (needed || section.has(one.setting())) {
                known.put(one, section.dollars(one.setting(), null));
            }
        }
        return new Rates(known);
    }
}
