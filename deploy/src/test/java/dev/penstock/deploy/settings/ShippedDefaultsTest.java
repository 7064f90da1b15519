package dev.penstock.deploy.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shipped file says of itself is true. */
class ShippedDefaultsTest {
    private static final Map<String, String> EVERY_KEY = Map.of("OPENAI_API_KEY", "k", "ANTHROPIC_API_KEY", "k",
            "GEMINI_API_KEY", "k", "DEEPSEEK_API_KEY", "k", "GROQ_API_KEY", "k", "MISTRAL_API_KEY", "k",
            "DASHSCOPE_API_KEY", "k", "OPENROUTER_API_KEY", "k", "XAI_API_KEY", "k", "AWS_BEARER_TOKEN_BEDROCK", "k");

    /** Those that the table has not: developers.openai.com/api/docs/models/MODEL. */
    private static final Map<String, Price> OF_OPENAIS_PAGES = Map.of("text-embedding-3-small",
            new Price(20_000_000, 0, null, null), "text-embedding-3-large", new Price(130_000_000, 0, null, null));

    @TempDir
    Path folder = Path.of("");

    @Test
    void theDefaultsAreTheDocumentedOnes() {
        Settings settings = SettingsReader.read(null, Map.of(), null);

        assertThat(settings.eventLoops()).isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        assertThat(settings.ingress()).isEqualTo(new Settings.IngressSettings("127.0.0.1", 8080, 32 << 20,
                Duration.ofMinutes(10), Duration.ofSeconds(15), 4, 250, 100_000));
        assertThat(settings.dispatcher()).isEqualTo(new Settings.DispatcherSettings(1000, Duration.ofSeconds(30),
                Duration.ofSeconds(10)));
        assertThat(settings.ledger())
                .isEqualTo(new Settings.LedgerSettings(Duration.ofMinutes(5), Duration.ofMinutes(2)));
        assertThat(settings.kafka())
                .isEqualTo(new Settings.KafkaSettings(Topics.DEFAULT_PREFIX, 8, Duration.ofDays(1), Map.of()));
        assertThat(settings.cluster())
                .isEqualTo(new Settings.ClusterSettings("127.0.0.1", 5701, List.of("127.0.0.1")));
        assertThat(settings.catalog().tenants()).isEmpty();
        assertThat(settings.webhooks()).isEmpty();
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
        assertThat(SettingsReader.read(null, EVERY_KEY, null).catalog().providers().values()).hasSize(11)
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
        PriceTable table = PriceTable.of(Files.readAllBytes(source));
        JsonNode rows = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .readTree(source.toFile());

        Catalog catalog = SettingsReader.read(null, EVERY_KEY, null).catalog();
        for (Model model : catalog.models().values()) {
            String provider = PriceTable.name(Objects.requireNonNull(catalog.providers().get(model.provider())));
            PriceTable.Entry entry = model.name().startsWith("gemini-2.5-") // Vertex AI's in this table
                    ? PriceRow.read(model.name(), rows.path(model.name()))
                    : table.find(provider, model.providerModel());
            if (entry == null) { // then what it costs is unknown, not guessed
                assertThat(model.price()).as(model.name()).isEqualTo(OF_OPENAIS_PAGES.get(model.name()));
                continue;
            }
            assertThat(entry.problems()).as(model.name()).isEmpty();
            assertThat(model.price()).as(model.name()).isNotNull().isEqualTo(entry.price());
            Limits limits = model.limits();
            if (limits.output() != null) {
                assertThat(limits.output()).as(model.name()).isEqualTo(entry.limits().output());
            }
            if (limits.input() != null) {
                assertThat(limits.input()).as(model.name()).isEqualTo(entry.limits().input());
            }
        }
    }

    private static String shipped() throws IOException {
        try (var in = Objects.requireNonNull(SettingsReader.class.getResourceAsStream("penstock.yaml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
