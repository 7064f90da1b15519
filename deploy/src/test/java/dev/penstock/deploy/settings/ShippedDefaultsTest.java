package dev.penstock.deploy.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shipped file says of itself is true. */
class ShippedDefaultsTest {
    private static final Map<String, String> EVERY_KEY = Map.of("OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k",
            "GEMINI_API_KEY", "k", "DEEPSEEK_API_KEY", "k", "GROQ_API_KEY", "k", "MISTRAL_API_KEY", "k",
            "DASHSCOPE_API_KEY", "k", "OPENROUTER_API_KEY", "k", "XAI_API_KEY", "k");

    @TempDir
    Path folder = Path.of("");

    @Test
    void theDefaultsAreTheDocumentedOnes() {
        Settings settings = SettingsReader.read(null, Map.of(), null);

        assertThat(settings.eventLoops()).isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        assertThat(settings.ingress()).isEqualTo(new Settings.IngressSettings("127.0.0.1", 8080, 32 << 20,
                Duration.ofMinutes(10), Duration.ofSeconds(15), 4));
        assertThat(settings.dispatcher()).isEqualTo(new Settings.DispatcherSettings(1000, Duration.ofSeconds(30)));
        assertThat(settings.ledger())
                .isEqualTo(new Settings.LedgerSettings(Duration.ofMinutes(5), Duration.ofMinutes(2)));
        assertThat(settings.kafka()).isEqualTo(new Settings.KafkaSettings(Topics.DEFAULT_PREFIX, 8, Map.of()));
        assertThat(settings.cluster())
                .isEqualTo(new Settings.ClusterSettings("127.0.0.1", 5701, List.of("127.0.0.1")));
        assertThat(settings.catalog().tenants()).isEmpty();
    }

    @Test
    void whatItsCommentsCallTheDefaultIsTheDefault() throws IOException {
        assertThat(shipped()).contains("maxConcurrentCalls: 64 unless given",
                "timeouts: {connect: 5s, firstByte: 5m, idle: 1m} unless given", "weight: 1, timeZone: UTC");
        Path said = Files.writeString(folder.resolve("said.yaml"), """
                providers:
                  said:
                    kind: OPENAI
                    baseUrl: http://localhost
                    maxConcurrentCalls: 64
                    timeouts: {connect: 5s, firstByte: 5m, idle: 1m}
                tenants: {said: {weight: 1, timeZone: UTC}}
                """);
        Path unsaid = Files.writeString(folder.resolve("unsaid.yaml"), """
                providers: {said: {kind: OPENAI, baseUrl: "http://localhost"}}
                tenants: {said: {}}
                """);
        assertThat(SettingsReader.read(said, Map.of(), null)).isEqualTo(SettingsReader.read(unsaid, Map.of(), null));
    }

    @Test
    void itsCommentsNameEveryDialect() throws IOException {
        String yaml = shipped();
        for (ProviderKind kind : ProviderKind.values()) {
            assertThat(yaml).contains(kind.name());
        }
    }

    @Test
    void chatCompletionsCanBeAppendedToEveryBaseUrl() {
        assertThat(SettingsReader.read(null, EVERY_KEY, null).catalog().providers().values()).hasSize(9)
                .extracting(Provider::baseUrl).allSatisfy(url -> {
                    assertThat(url.getScheme()).isEqualTo("https");
                    assertThat(url.getPath()).doesNotContain("chat");
                });
    }

    @Test
    void pricesAreThoseOfTheirSource() throws IOException {
        Path data = Path.of(System.getenv().getOrDefault("PENSTOCK_DATA", "../../shared/data"));
        Path source = data.resolve("model_prices_and_context_window.json");
        assumeTrue(Files.exists(source), "skipped: there is no price table at " + source);
        JsonNode table = new ObjectMapper().readTree(source.toFile());

        for (Model model : SettingsReader.read(null, EVERY_KEY, null).catalog().models().values()) {
            JsonNode row = table.path(model.providerModel());
            Price price = model.price();
            if (price != null) {
                assertThat(price).as(model.name()).isEqualTo(new Price(
                        Objects.requireNonNull(nano(row.path("input_cost_per_token"))),
                        Objects.requireNonNull(nano(row.path("output_cost_per_token"))),
                        nano(row.path("cache_read_input_token_cost")),
                        price.cacheWrite() == null ? null : nano(row.path("cache_creation_input_token_cost"))));
                assertThat(row.path("input_cost_per_token_above_200k_tokens").isMissingNode()
                        && row.path("input_cost_per_token_above_272k_tokens").isMissingNode())
                        .as(model.name() + " costs the same with long prompts").isTrue();
            }
            Limits limits = model.limits();
            if (limits.output() != null) {
                assertThat(limits.output()).as(model.name()).isEqualTo(row.path("max_output_tokens").asInt());
            }
            if (limits.input() != null) {
                assertThat(limits.input()).as(model.name()).isEqualTo(row.path("max_input_tokens").asInt());
            }
        }
    }

    /** The table has dollars a token; it is a million tokens and nano-dollars here. */
    private static @Nullable Long nano(JsonNode dollars) {
        return dollars.isMissingNode() ? null : new BigDecimal(dollars.asText()).movePointRight(15).longValueExact();
    }

    private static String shipped() throws IOException {
        try (var in = Objects.requireNonNull(SettingsReader.class.getResourceAsStream("penstock.yaml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
