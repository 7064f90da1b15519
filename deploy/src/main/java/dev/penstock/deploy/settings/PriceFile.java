package dev.penstock.deploy.settings;

import dev.penstock.schemas.catalog.Price;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prices by themselves, from a file or an http(s) URL: {@code MODEL: {input: 0.15, output: 0.6}} for each model, as in
 * the settings, or LiteLLM's table.
 */
public final class PriceFile {
    private final Map<String, Price> byName;
    private final @Nullable PriceTable table;

    private PriceFile(Map<String, Price> byName, @Nullable PriceTable table) {
        this.byName = byName;
        this.table = table;
    }

    /** Throws {@link SettingsException} with every problem, if there is one. */
    public static PriceFile read(String source) {
        byte[] content = content(source);
        try {
            return new PriceFile(Map.of(), PriceTable.of(content));
        } catch (IOException _) {
            return new PriceFile(settings(source, new String(content, StandardCharsets.UTF_8)), null);
        }
    }

    /** LiteLLM's table; throws {@link SettingsException} where there is none. */
    public static PriceTable table(String source) {
        try {
            return PriceTable.of(content(source));
        } catch (IOException e) {
            throw new SettingsException(List.of(source + ": " + e.getMessage()));
        }
    }

    /**
     * The price of a model, or null.
     *
     * @param name as callers say it
     * @param provider as LiteLLM calls it, see {@link PriceTable#name}
     * @param providerModel as the provider calls it
     */
    public @Nullable Price price(String name, String provider, String providerModel) {
        if (table == null) {
            return byName.get(name);
        }
        PriceTable.Entry entry = table.find(provider, providerModel);
        return entry == null ? null : entry.price();
    }

    private static byte[] content(String source) {
        try {
            return PriceSource.read(source);
        } catch (IOException e) {
            throw new SettingsException(List.of(source + ": " + e.getMessage()));
        }
    }

    private static Map<String, Price> settings(String source, String yaml) {
        var problems = new ArrayList<String>();
        var root = new Section(Map.of("prices", YamlTree.parse(yaml, source, problems)), "",
                new References(Map.of()), problems);
        var prices = new HashMap<String, Price>();
        root.sections("prices").forEach((model, section) -> {
            Price price = PriceReader.price(section);
            if (price != null) {
                prices.put(model, price);
            }
        });
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return prices;
    }
}
