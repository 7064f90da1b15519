package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * What Anthropic counts, which leaves what has to do with its cache out of the input. A stream tells the input at its
 * start and the output at its end, and may correct itself; what is told last counts. Confined to one thread.
 */
final class AnthropicUsage {
    private long input;
    private long cacheRead;
    private long cacheWrite;
    private long cacheWrite1h;
    private long output;
    private long thinking;

    /** Takes in a {@code usage} object; what it does not tell stays as it was. */
    void add(JsonNode usage) {
        input = usage.path("input_tokens").asLong(input);
        cacheRead = usage.path("cache_read_input_tokens").asLong(cacheRead);
        cacheWrite = usage.path("cache_creation_input_tokens").asLong(cacheWrite);
        cacheWrite1h = usage.at("/cache_creation/ephemeral_1h_input_tokens").asLong(cacheWrite1h);
        output = usage.path("output_tokens").asLong(output);
        thinking = usage.at("/output_tokens_details/thinking_tokens").asLong(thinking);
    }

    AnswerEvent.Used used() {
        return new AnswerEvent.Used(
                new Usage(input + cacheRead + cacheWrite, output, cacheRead, cacheWrite, thinking, cacheWrite1h, 0, 0),
                Map.of(), Map.of());
    }
}
