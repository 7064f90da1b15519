package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Requests that real clients sent to providers of OpenAI's dialect. */
class RecordedRequestsTest {
    private static final List<String> PROVIDERS = List.of("openai", "azure", "deepseek", "groq", "mistral", "qwen",
            "openrouter", "xai", "ollama", "selfhosted");

    /** Known to one provider only: OpenRouter, Mistral, Groq, and Ollama's own API. */
    private static final Set<String> STRIPPED = Set.of("provider", "random_seed", "reasoning_format", "format",
            "options", "keep_alive");

    /** Part of OpenAI's answers, sent back in messages. */
    private static final String ECHO = "annotations";

    /** Asks for no tokens at a temperature below zero, without content. OpenAI answered 400. */
    private static final String AT_FAULT = "err-400-unsupported-param.request.json";

    private static final Set<String> IN_THE_ENVELOPE = Set.of("model", "stream", "stream_options");

    /** The caller's own objects, in which nothing is stripped. */
    private static final Set<String> OPAQUE = Set.of("parameters", "schema", "reasoning", "thinking", "cache_control",
            "reasoning_details");

    @Test
    void areAcceptedAndMeanTheSame() throws IOException {
        Path wire = SharedFolder.find("PENSTOCK_WIRE", "wire");
        var stripped = new TreeSet<String>();
        int read = 0;
        for (String provider : PROVIDERS) {
            try (var files = Files.newDirectoryStream(wire.resolve(provider), "*.request.json")) {
                for (Path file : files) {
                    byte[] json = Files.readAllBytes(file);
                    if (json[0] != '{' || !Json.object(json).containsKey("messages")) {
                        continue; // DashScope's own API, OpenAI's Responses
                    }
                    read++;
                    if (file.getFileName().toString().equals(AT_FAULT)) {
                        Read.invalid(json);
                        continue;
                    }
                    Map<String, Object> sent = Json.object(json);
                    ChatRequest request = Read.valid(json);
                    assertThat(request.model()).as("%s", file).isEqualTo(sent.get("model"));
                    sent.keySet().removeAll(IN_THE_ENVELOPE);
                    STRIPPED.stream().filter(sent::containsKey).forEach(stripped::add);
                    sent.keySet().removeAll(STRIPPED);
                    dropWhatMeansNothing(sent);
                    assertThat(Json.object(request.body())).as("%s", file).isEqualTo(sent);
                }
            }
        }
        assertThat(read).isGreaterThan(100);
        assertThat(stripped).isEqualTo(STRIPPED);
    }

    private static void dropWhatMeansNothing(Object value) {
        if (value instanceof List<?> list) {
            list.forEach(RecordedRequestsTest::dropWhatMeansNothing);
        } else if (value instanceof Map<?, ?> map) {
            map.entrySet().removeIf(field -> field.getKey().equals(ECHO)
                    || field.getValue().equals(Json.NULL) && !field.getKey().equals("content"));
            map.forEach((name, item) -> {
                if (!OPAQUE.contains(name)) {
                    dropWhatMeansNothing(item);
                }
            });
        }
    }
}
