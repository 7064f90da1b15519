package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.event.UsageEvent;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an answer says that it cost is what the ledger says, cache, long prompts and service tiers included. */
class PricedUsageTest {
    private static final String CAPPED_KEY = "sk-capped";
    private static final String SETTINGS = """
            providers: {acme: {kind: OPENAI, baseUrl: SIMULATOR}}
            models:
              priced:
                provider: acme
                model: gpt-4o
                price: {input: 2.5, output: 10, cacheRead: 1.25, cacheWrite: 3, above: {100: {input: 5, output: 15,
                        cacheRead: 2.5}}, serviceTiers: {flex: {input: 1.25, output: 5, cacheRead: 0.625}}}
            tenants: {capped: {keys: [{id: main, key: sk-capped}], cap: {daily: 0.01 USD}}}
            """;

    @TempDir
    Path folder;

    @Test
    void theAnswerAndTheLedgerSayTheSameToTheLastNanoDollar() throws Exception {
        try (var bed = new TestBed(folder, url -> SETTINGS.replace("SIMULATOR", url.toString()))) {
            String padding = "word ".repeat(200);
            List<String> words = List.of("tokens=3", "tokens=3 cached=9", "tokens=3 cached=4 written=5",
                    "tokens=3 " + padding, "tokens=3 cached=150 " + padding, "tokens=3 tier=flex cached=2",
                    "tokens=3 tier=flex cached=20 " + padding);
            for (int i = 0; i < words.size(); i++) {
                boolean stream = i % 2 == 0;
                JsonNode usage = usage(ask(bed, TestBed.KEY, words.get(i), stream, "").body(), stream);
                assertThat(usage.path("prompt_tokens_details").path("cached_tokens").asLong() > 0)
                        .isEqualTo(words.get(i).contains("cached"));
                long expected = expected(usage, words.get(i).contains("flex"));
                assertThat(nano(usage)).as(words.get(i)).isEqualTo(expected).isPositive();
            }
            await().atMost(Duration.ofSeconds(20)).untilAsserted(
                    () -> assertThat(bed.read(bed.settings.topics().usage())).hasSize(words.size()));
            for (UsageEvent event : bed.read(bed.settings.topics().usage())) {
                var usage = ApiClient.JSON.createObjectNode().put("prompt_tokens", event.getTokens().getInput())
                        .put("completion_tokens", event.getTokens().getOutput());
                usage.putObject("prompt_tokens_details").put("cached_tokens", event.getTokens().getCacheRead())
                        .put("cache_write_tokens", event.getTokens().getCacheWrite());
                assertThat(event.getCostNanoUsd())
                        .isEqualTo(expected(usage, "flex".equals(event.getTokens().getServiceTier())));
                assertThat(event.getPriceVersion()).isEqualTo(bed.settings.catalog().version());
            }
        }
    }

    @Test
    void aPromptThatFindsNoRoomByItsBytesFindsItByItsTokens() throws Exception {
        try (var bed = new TestBed(folder, url -> SETTINGS.replace("SIMULATOR", url.toString()))) {
            String text = "tokens=3 " + "The quick brown fox jumps over the lazy dog. ".repeat(90);

            HttpResponse<String> answer = ask(bed, CAPPED_KEY, text, false, ",\"max_tokens\":10");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(bed.read(bed.settings.topics()
                    .usage())).singleElement().extracting(UsageEvent::getCostNanoUsd)
                    .isEqualTo(nano(usage(answer.body(), false))));

            HttpResponse<String> refused = ask(bed, CAPPED_KEY, text + text, false, ",\"max_tokens\":10");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("insufficient_quota");
        }
    }

    /** By the settings above, in their own arithmetic. */
    private static long expected(JsonNode usage, boolean flex) {
        long input = usage.path("prompt_tokens").asLong();
        long read = usage.path("prompt_tokens_details").path("cached_tokens").asLong();
        long written = usage.path("prompt_tokens_details").path("cache_write_tokens").asLong();
        long output = usage.path("completion_tokens").asLong();
        if (input > 100) { // in both tiers: that flex is cheaper there is not said
            return (input - read - written) * 5_000 + read * 2_500 + written * 5_000 + output * 15_000;
        }
        return flex
                ? (input - read - written) * 1_250 + read * 625 + written * 3_000 + output * 5_000
                : (input - read - written) * 2_500 + read * 1_250 + written * 3_000 + output * 10_000;
    }

    private static long nano(JsonNode usage) {
        return new BigDecimal(usage.path("cost").asText()).movePointRight(9).longValueExact();
    }

    private static JsonNode usage(String body, boolean stream) throws IOException {
        String json = stream
                ? body.lines().filter(line -> line.contains("\"usage\":{")).findFirst().orElseThrow().substring(6)
                : body;
        return ApiClient.JSON.readTree(json).path("usage");
    }

    private static HttpResponse<String> ask(TestBed bed, String key, String words, boolean stream, String more)
            throws IOException, InterruptedException {
        String body = "{\"model\":\"priced\",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim like=sim-small ttft=0 itl=0 "
                + words
                + "]]\"}]" + more + (stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}" : "}");
        return bed.http.send(HttpRequest.newBuilder(URI.create(bed.url() + "/chat/completions"))
                .header("authorization", "Bearer " + key).header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }
}
