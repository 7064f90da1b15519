package dev.penstock.deploy.settings;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Prices and limits of models in LiteLLM's format: one JSON object, by names with or without {@code PROVIDER/}, in US
 * dollars a token.
 *
 * @see <a href="https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json">the table</a>
 */
public final class PriceTable {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    private final JsonNode table;

    /**
     * What the table says of a model.
     *
     * @param key what it calls the model
     * @param price null if it has none that can be used
     * @param limits of media nothing is said
     * @param problems why there is no price, or not all of it
     */
    public record Entry(String key, @Nullable Price price, Limits limits, List<String> problems) {}

    private PriceTable(JsonNode table) {
        this.table = table;
    }

    /** Throws {@link IOException} if it is none. */
    static PriceTable of(byte[] json) throws IOException {
        try {
            JsonNode table = JSON.readTree(json);
            for (JsonNode row : table) {
                if (row.has("litellm_provider")) {
                    return new PriceTable(table);
                }
            }
        } catch (JacksonException _) {
            // Told below: the parser's own message is of places that nobody looks at.
        }
        throw new IOException("is no table of prices in LiteLLM's format");
    }

    /**
     * The row of a model, or null.
     *
     * @param provider as LiteLLM calls it, see {@link #name}
     * @param model as the provider calls it
     */
    public @Nullable Entry find(String provider, String model) {
        String prefixed = provider + "/" + model;
        if (table.has(prefixed)) {
            return PriceRow.read(prefixed, table.path(prefixed));
        }
        JsonNode plain = table.path(model);
        return plain.path("litellm_provider").asText().equals(provider) ? PriceRow.read(model, plain) : null;
    }

    /** What LiteLLM calls a provider; one of no kind of its own is looked for by the name that it has here. */
    public static String name(Provider provider) {
        return switch (provider.kind()) {
            case QWEN, QWEN_NATIVE -> "dashscope";
            case OLLAMA_NATIVE -> "ollama";
            case OPENAI_RESPONSES -> lower(ProviderKind.OPENAI);
            case VERTEX -> "vertex_ai-language-models";
            case OPENAI, AZURE, DEEPSEEK, GROQ, MISTRAL, OPENROUTER, XAI, OLLAMA, ANTHROPIC, BEDROCK, GEMINI ->
                lower(provider.kind());
            case OPENAI_COMPATIBLE -> provider.name();
        };
    }

    private static String lower(ProviderKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
