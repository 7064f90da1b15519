package dev.penstock.deploy.settings;

import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lays a table of prices between the shipped defaults and the settings' own file: what that says of a model's price or
 * limits wins over the table, and the table over what is shipped.
 */
final class PriceImport {
    private static final Logger LOG = LoggerFactory.getLogger(PriceImport.class);

    private final @Nullable PriceTable table;
    private final Map<String, Object> own;

    private PriceImport(@Nullable PriceTable table, Map<String, Object> own) {
        this.table = table;
        this.own = own;
    }

    /** Reads the table that the settings name, if they name one; that it cannot be used is a problem of theirs. */
    static PriceImport of(Section prices, Map<String, Object> own) {
        String source = prices.textOrNull("source");
        prices.end();
        if (source == null) {
            return new PriceImport(null, own);
        }
        try {
            return new PriceImport(PriceTable.of(PriceSource.read(source)), own);
        } catch (IOException e) {
            prices.problem("source", String.valueOf(e.getMessage()));
            return new PriceImport(null, own);
        }
    }

    /** The model with what the table adds to it. */
    Model into(Model model, Provider provider) {
        PriceTable.Entry entry = table == null
                ? null
                : table.find(PriceTable.name(provider), model.providerModel());
        if (entry == null) {
            return model;
        }
        if (!entry.problems().isEmpty()) {
            LOG.warn("models.{}: the row {} of the table of prices is passed over: {}", model.name(), entry.key(),
                    String.join("; ", entry.problems()));
        }
        Price price = says(model, "price") || entry.price() == null ? model.price() : entry.price();
        Limits now = model.limits();
        var limits = new Limits(chosen(model, "maxInputTokens", now.input(), entry.limits().input()),
                chosen(model, "maxOutputTokens", now.output(), entry.limits().output()), now.media());
        return new Model(model.name(), model.provider(), model.providerModel(), price, limits, model.created());
    }

    private @Nullable Integer chosen(Model model, String setting, @Nullable Integer now, @Nullable Integer table) {
        return says(model, setting) || table == null ? now : table;
    }

    private boolean says(Model model, String setting) {
        return own.get("models") instanceof Map<?, ?> models && models.get(model.name()) instanceof Map<?, ?> settings
                && settings.get(setting) != null;
    }
}
