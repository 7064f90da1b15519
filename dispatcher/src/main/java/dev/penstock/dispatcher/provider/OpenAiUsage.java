package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code usage} object of OpenAI's dialect: reads everybody's, writes OpenAI's. */
final class OpenAiUsage {
    private static final String AUDIO = "audio_tokens";
    private static final List<String> OTHER_INPUT = List.of(AUDIO);
    private static final List<String> OTHER_OUTPUT = List.of(AUDIO, "accepted_prediction_tokens",
            "rejected_prediction_tokens");

    private OpenAiUsage() {}

    /** What a provider with these quirks has counted. */
    static AnswerEvent.Used read(JsonNode usage, Quirks quirks) {
        JsonNode input = usage.path("prompt_tokens_details");
        JsonNode output = usage.path("completion_tokens_details");
        long reasoning = output.path("reasoning_tokens").asLong();
        long completion = usage.path("completion_tokens").asLong();
        return new AnswerEvent.Used(
                new Usage(usage.path("prompt_tokens").asLong(),
                        quirks.reasoningApart() ? completion + reasoning : completion,
                        firstOf(input.path("cached_tokens"), usage.path("prompt_cache_hit_tokens"),
                                usage.path("num_cached_tokens")),
                        firstOf(input.path("cache_write_tokens"), input.path("cache_creation_input_tokens")),
                        reasoning, 0, input.path(AUDIO).asLong(), output.path(AUDIO).asLong()),
                others(input, OTHER_INPUT), others(output, OTHER_OUTPUT));
    }

    /**
     * Writes the value of a field {@code usage}, with a field {@code cost} as OpenRouter has it.
     *
     * @param cost in nano-US-dollars; written in US dollars, and left out if it is null
     * @see <a href="https://openrouter.ai/docs/use-cases/usage-accounting">usage accounting</a>
     */
    static void write(JsonGenerator json, AnswerEvent.Used used, @Nullable Long cost) throws IOException {
        Usage usage = used.usage();
        json.writeStartObject();
        json.writeNumberField("prompt_tokens", usage.inputTokens());
        json.writeNumberField("completion_tokens", usage.outputTokens());
        json.writeNumberField("total_tokens", usage.inputTokens() + usage.outputTokens());
        json.writeObjectFieldStart("prompt_tokens_details");
        json.writeNumberField("cached_tokens", usage.cacheReadTokens());
        if (usage.cacheWriteTokens() > 0) {
            json.writeNumberField("cache_write_tokens", usage.cacheWriteTokens());
        }
        write(json, used.otherInput());
        json.writeEndObject();
        json.writeObjectFieldStart("completion_tokens_details");
        json.writeNumberField("reasoning_tokens", usage.reasoningTokens());
        write(json, used.otherOutput());
        json.writeEndObject();
        if (cost != null) {
            json.writeFieldName("cost");
            json.writeNumber(BigDecimal.valueOf(cost, 9).stripTrailingZeros().toPlainString());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Map<String, Long> counts) throws IOException {
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            json.writeNumberField(count.getKey(), count.getValue());
        }
    }

    private static long firstOf(JsonNode... figures) {
        for (JsonNode figure : figures) {
            if (figure.isNumber()) {
                return figure.asLong();
            }
        }
        return 0;
    }

    private static Map<String, Long> others(JsonNode details, List<String> names) {
        var counts = new LinkedHashMap<String, Long>();
        for (String name : names) {
            if (details.path(name).isNumber()) {
                counts.put(name, details.path(name).asLong());
            }
        }
        return counts;
    }
}
