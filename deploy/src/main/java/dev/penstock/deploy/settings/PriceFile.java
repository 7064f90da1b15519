package dev.penstock.deploy.settings;

import dev.penstock.schemas.catalog.Price;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/** Prices by themselves: {@code MODEL: {input: 0.15, output: 0.6}} for each model, as in the settings. */
public final class PriceFile {
    private PriceFile() {}

    /** The prices by model; throws {@link SettingsException} with every problem, if there is one. */
    public static Map<String, Price> read(Path file) {
        var problems = new ArrayList<String>();
        var root = new Section(Map.of("prices", YamlTree.read(file, problems)), "", new References(Map.of()), problems);
        var prices = new HashMap<String, Price>();
        root.sections("prices").forEach((model, section) -> {
            Price price = CatalogReader.price(section);
            section.end();
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
