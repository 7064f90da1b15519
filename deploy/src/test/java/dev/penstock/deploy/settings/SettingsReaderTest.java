package dev.penstock.deploy.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.catalog.Access;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Capability;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.RateLimits;
import dev.penstock.schemas.catalog.Route;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.catalog.TokenClass;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsReaderTest {
    private static final URI SIMULATOR = URI.create("http://127.0.0.1:9/v1");
    /** Of {@code sk-acme}. */
    private static final String SHA256 = "5f8eee912cd7c0ccb238560e8a22e7f78909e6dac18288188f7f4ea35112700d";

    @TempDir
    Path folder = Path.of("");

    @Test
    void readsEverythingThatAFileCanSay() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "sk-file\n");
        Settings settings = read(Map.of("ACME_KEY", "sk-env"), """
                eventLoops: 3
                ingress: {host: 0.0.0.0, port: 81, maxBody: 64KiB, deadline: 1h, keepAlive: 500ms, spread: 2,
                          window: 20, idempotencyKeys: 7}
                dispatcher: {queueLimit: 10, drain: 0s}
                ledger: {lease: 1m, margin: 5s}
                kafka: {topicPrefix: test, partitions: 3, properties: {security.protocol: SSL, linger.ms: 7}}
                cluster: {host: 10.0.0.1, port: 5702, members: [10.0.0.2, 10.0.0.3]}
                providers:
                  acme:
                    kind: MISTRAL
                    baseUrl: https://acme.example/v1
                    apiKey: ${env:ACME_KEY}
                    maxConcurrentCalls: 7
                    timeouts: {connect: 1s, firstByte: 2m, idle: 3s}
                  local: {kind: OLLAMA, baseUrl: "http://localhost:11434/v1", apiKey: "${file:%s}"}
                models:
                  fast:
                    provider: acme
                    model: acme-1
                    price: {input: 0.15, output: 0.000000001, cacheRead: 0, cacheWrite: 12.5}
                    maxOutputTokens: 4096
                    created: 1700000000
                  slow: {provider: local}
                tenants:
                  team:
                    keys: [{id: first, sha256: %s}, {id: second, key: "${env:ACME_KEY}"}]
                    weight: 5
                    timeZone: Europe/Berlin
                """.formatted(secret, SHA256));

        assertThat(settings.eventLoops()).isEqualTo(3);
        assertThat(settings.ingress()).isEqualTo(new Settings.IngressSettings("0.0.0.0", 81, 64 << 10,
                Duration.ofHours(1), Duration.ofMillis(500), 2, 20, 7));
        assertThat(settings.dispatcher()).isEqualTo(new Settings.DispatcherSettings(10, Duration.ZERO,
                Duration.ofSeconds(10)));
        assertThat(settings.ledger())
                .isEqualTo(new Settings.LedgerSettings(Duration.ofMinutes(1), Duration.ofSeconds(5)));
        assertThat(settings.kafka()).isEqualTo(new Settings.KafkaSettings("test", 3, Duration.ofDays(1),
                Map.of("security.protocol", "SSL", "linger.ms", "7")));
        assertThat(settings.cluster())
                .isEqualTo(new Settings.ClusterSettings("10.0.0.1", 5702, List.of("10.0.0.2", "10.0.0.3")));
        assertThat(settings.catalog().providers()).containsOnly(
                Map.entry("acme", new Provider("acme", ProviderKind.MISTRAL, URI.create("https://acme.example/v1"),
                        new Secret("sk-env"), 7, new Provider.Timeouts(Duration.ofSeconds(1), Duration.ofMinutes(2),
                                Duration.ofSeconds(3)))),
                Map.entry("local", new Provider("local", ProviderKind.OLLAMA, URI.create("http://localhost:11434/v1"),
                        new Secret("sk-file"), 64, Provider.Timeouts.DEFAULT)));
        assertThat(settings.catalog().models()).containsOnly(
                Map.entry("fast", new Model("fast", "acme", "acme-1", new Price(150_000_000, 1, 0L, 12_500_000_000L),
                        new Limits(null, 4096, null), 1_700_000_000)),
                Map.entry("slow", new Model("slow", "local", "slow", null, Limits.UNKNOWN, 0)));
        Tenant team = tenant(settings, "team");
        assertThat(team.weight()).isEqualTo(5);
        assertThat(team.zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
        assertThat(team.keys()).extracting(Tenant.Key::id).containsExactly("first", "second");
    }

    @Test
    void linesGoToABatchApiThatIsKnownToBeCheaper() throws IOException {
        Settings settings = read(Map.of("OPENAI_API_KEY", "sk", "ANTHROPIC_API_KEY", "sk", "GEMINI_API_KEY", "sk"),
                """
                        providers: {openai: {batchApi: {}}, anthropic: {batchApi: {pricePercent: 50}}}
                        """);

        assertThat(settings.catalog().handsOver("gpt-5.6")).isTrue();
        assertThat(settings.catalog().handsOver("gpt-5.2")).as("whose price there is not known").isFalse();
        assertThat(settings.catalog().handsOver("claude-opus-5")).isTrue();
        assertThat(settings.catalog().handsOver("gemini-2.5-pro")).as("whose provider is not to be asked").isFalse();
        assertThat(settings.catalog().handsOver("nobody")).isFalse();
    }

    @Test
    void readsRoutesAndLeavesOutWhatIsSwitchedOff() throws IOException {
        Settings settings = read(Map.of("OPENAI_API_KEY", "sk"),
                """
                        models: {fast: {provider: openai, capabilities: [tools, json_schema]}}
                        tenants:
                          team: {limits: {requestsPerMinute: 60, inFlight: 5}, models: [smart, "gpt-*"], region: eu}
                        routes:
                          smart:
                            strategy: weighted
                            sticky: session
                            candidates:
                              - {model: fast, weight: 9, parameters: {temperature: 0.5, stop: [a, b], max_completion_tokens: 70}}
                              - {model: claude-opus-5, weight: 1}
                              - {model: openai/other, arm: new, after: content_filter}
                            when:
                              - {lane: batch, metadata: {tier: gold}, strategy: cost}
                              - {minInputTokens: 10, maxInputTokens: 20, candidates: [{model: fast}]}
                              - {lane: batch, candidates: [{model: claude-opus-5}]}
                            shadow: {model: gpt-5, percent: 5, tenant: team}
                            afterFirstToken: continue
                          none: {candidates: [{model: claude-opus-5}, {model: mistral/any}]}
                        """);

        var overrides = new Route.Overrides("{\"temperature\":0.5,\"stop\":[\"a\",\"b\"]}", 70);
        var candidates = List.of(new Route.Target("fast", 9, "fast", overrides, FallbackCause.FAILURE),
                new Route.Target("openai/other", 1, "new", Route.Overrides.NONE, FallbackCause.CONTENT_FILTER));
        assertThat(settings.catalog().routes()).containsOnly(Map.entry("smart", new Route("smart",
                new Route.Choosing(Route.Strategy.WEIGHTED, Route.Sticky.SESSION, candidates),
                List.of(new Route.Rule(new Route.Condition(Lane.BATCH, Map.of("tier", "gold"), null, null),
                        new Route.Choosing(Route.Strategy.COST, null, candidates)),
                        new Route.Rule(new Route.Condition(null, Map.of(), 10, 20),
                                new Route.Choosing(Route.Strategy.WEIGHTED, Route.Sticky.SESSION,
                                        List.of(Route.Target.of("fast"))))),
                new Route.Shadow(Route.Target.of("gpt-5"), 5, "team"), Route.AfterFirstToken.CONTINUE)));
        Tenant team = tenant(settings, "team");
        assertThat(team.limits()).isEqualTo(new RateLimits(60L, 1_000_000_000L, 5));
        assertThat(team.access()).isEqualTo(new Access(List.of("smart", "gpt-*"), "eu"));
        assertThat(settings.catalog().model("fast")).isNotNull()
                .satisfies(fast -> assertThat(fast.capabilities()).containsExactlyInAnyOrder(Capability.TOOLS,
                        Capability.JSON_SCHEMA));
    }

    @Test
    void laysAFileOverTheDefaultsKeyByKey() throws IOException {
        Settings settings = read(Map.of("OPENAI_API_KEY", "sk-openai"), """
                ingress: {port: 81}
                providers: {openai: {maxConcurrentCalls: 3}}
                models: {gpt-5: {maxOutputTokens: 5}}
                """);

        assertThat(settings.ingress().port()).isEqualTo(81);
        assertThat(settings.ingress().host()).isEqualTo("127.0.0.1");
        Provider openai = provider(settings, "openai");
        assertThat(openai.maxConcurrentCalls()).isEqualTo(3);
        assertThat(openai.baseUrl()).hasToString("https://api.openai.com/v1");
        Model gpt5 = settings.catalog().models().get("gpt-5");
        assertThat(gpt5.limits()).isEqualTo(new Limits(272_000, 5, null));
        assertThat(gpt5.price().rates())
                .isEqualTo(new Price(1_250_000_000, 10_000_000_000L, 125_000_000L, null).rates());
    }

    @Test
    void aPriceIsReplacedWhole() throws IOException {
        Settings settings = read(Map.of("OPENAI_API_KEY", "sk-openai"),
                "models: {gpt-5.6: {price: {input: 1, output: 2}}}");

        Model model = settings.catalog().models().get("gpt-5.6");
        assertThat(model.price()).isEqualTo(new Price(1_000_000_000, 2_000_000_000, null, null));
        assertThat(model.limits().input()).isEqualTo(1_050_000);
    }

    @Test
    void readsEveryPartOfAPrice() throws IOException {
        Price price = read(Map.of(), """
                providers: {acme: {kind: OPENAI, baseUrl: http://localhost}}
                models:
                  fast:
                    provider: acme
                    price: {input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25, cacheWrite1h: 2, audioInput: 10,
                            audioOutput: 20, reasoning: 3, above: {200000: {input: 2, output: 3}},
                            serviceTiers: {priority: {input: 4, output: 8, above: {200000: {input: 9, output: 9}}}}}
                """).catalog().models().get("fast").price();

        assertThat(price.rates().known()).hasSize(8).containsEntry(TokenClass.CACHE_WRITE_1H, 2_000_000_000L);
        assertThat(price.above()).containsOnlyKeys(200_000);
        assertThat(price.serviceTiers().get("priority").above().get(200_000).of(TokenClass.OUTPUT))
                .isEqualTo(9_000_000_000L);
    }

    @Test
    void theVersionOfThePricesChangesWithAnyOfThem() throws IOException {
        var versions = new HashSet<String>();
        for (String more : List.of("", ", cacheWrite1h: 2", ", reasoning: 3", ", above: {9: {input: 2, output: 3}}",
                ", above: {10: {input: 2, output: 3}}", ", above: {9: {input: 2, output: 4}}",
                ", serviceTiers: {flex: {input: 1, output: 1}}", ", serviceTiers: {priority: {input: 1, output: 1}}")) {
            String yaml = "providers: {acme: {kind: OPENAI, baseUrl: http://localhost}}\n"
                    + "models: {fast: {provider: acme, price: {input: 1, output: 2" + more + "}}}";
            assertThat(versions.add(read(Map.of(), yaml).catalog().version())).as(more).isTrue();
            assertThat(versions).contains(read(Map.of(), yaml).catalog().version());
        }
    }

    @Test
    void aKeyInTheEnvironmentSwitchesItsProviderOn() {
        Map.of("ANTHROPIC_API_KEY", "anthropic", "GEMINI_API_KEY", "gemini",
                "DEEPSEEK_API_KEY", "deepseek", "GROQ_API_KEY", "groq", "MISTRAL_API_KEY", "mistral",
                "DASHSCOPE_API_KEY", "qwen", "OPENROUTER_API_KEY", "openrouter", "XAI_API_KEY", "xai")
                .forEach((variable, name) -> {
                    Settings settings = SettingsReader.read(null, Map.of(variable, "sk-real"), SIMULATOR);
                    assertThat(settings.catalog().providers()).containsOnlyKeys(name);
                    assertThat(provider(settings, name).apiKey()).isEqualTo(new Secret("sk-real"));
                    assertThat(settings.catalog().models().values()).allMatch(model -> model.provider().equals(name));
                });
    }

    @Test
    void openAisKeySwitchesBothItsApisOn() {
        Settings settings = SettingsReader.read(null, Map.of("OPENAI_API_KEY", "sk-real"), SIMULATOR);

        assertThat(settings.catalog().providers()).containsOnlyKeys("openai", "openai-responses");
        assertThat(settings.catalog().models().values()).extracting(Model::provider)
                .contains("openai", "openai-responses").doesNotContain("anthropic");
    }

    @Test
    void anEmptyVariableSwitchesNothingOn() {
        assertThat(SettingsReader.read(null, Map.of("OPENAI_API_KEY", ""), null).catalog().providers()).isEmpty();
    }

    @Test
    void aKeyOfTheFileSwitchesAShippedProviderOn() throws IOException {
        Settings settings = read(Map.of("MINE", "sk-mine"), "providers: {openai: {apiKey: '${env:MINE}'}}");

        assertThat(settings.catalog().providers()).containsOnlyKeys("openai");
        assertThat(provider(settings, "openai").apiKey()).isEqualTo(new Secret("sk-mine"));
        assertThat(settings.catalog().models()).containsKey("gpt-5");
    }

    @Test
    void theSimulatorStandsInWhereNoProviderIsConfigured() {
        Settings settings = SettingsReader.read(null, Map.of(), SIMULATOR);

        assertThat(settings.catalog().providers()).containsOnlyKeys("simulator");
        assertThat(provider(settings, "simulator").baseUrl()).isEqualTo(SIMULATOR);
        assertThat(settings.catalog().models()).containsOnlyKeys("sim-small", "sim-large", "sim-embed",
                "sim-moderation");
        assertThat(settings.catalog().models().values()).allMatch(model -> model.price() != null);
    }

    @Test
    void aFileMayNameAndRepriceTheSimulatorsModels() throws IOException {
        Settings settings = read(Map.of(), """
                models:
                  sim-small: {provider: simulator, price: {input: 1, output: 2}}
                  fast: {provider: simulator, model: sim-large}
                """);

        assertThat(settings.catalog().models()).containsOnlyKeys("sim-small", "sim-large", "sim-embed",
                "sim-moderation", "fast");
        assertThat(settings.catalog().model("sim-small")).isEqualTo(new Model("sim-small", "simulator", "sim-small",
                new Price(1_000_000_000, 2_000_000_000, null, null), Limits.UNKNOWN, 0));
    }

    @Test
    void thereIsNoSimulatorBesideARealProvider() {
        assertThat(SettingsReader.read(null, Map.of("XAI_API_KEY", "sk-real"), SIMULATOR).catalog().providers())
                .doesNotContainKey("simulator");
    }

    @Test
    void theEnvironmentsKeyIsTheDefaultTenants() throws IOException {
        Settings alone = SettingsReader.read(null, Map.of("PENSTOCK_API_KEY", "sk-own"), SIMULATOR);
        Settings beside = read(Map.of("PENSTOCK_API_KEY", "sk-own"),
                "tenants: {default: {keys: [{id: other, key: sk-other}], weight: 9}}");

        assertThat(tenant(alone, "default").keys()).extracting(Tenant.Key::id).containsExactly("default");
        assertThat(tenant(beside, "default").keys()).extracting(Tenant.Key::id).containsExactly("other", "default");
        assertThat(tenant(beside, "default").weight()).isEqualTo(9);
        assertThat(tenant(beside, "default").keys()).contains(tenant(alone, "default").keys().getFirst());
    }

    @Test
    void theEnvironmentsKeyStaysWithTheTenantThatTheFileGaveItTo() throws IOException {
        Settings settings = read(Map.of("PENSTOCK_API_KEY", "sk-own"),
                "tenants: {team: {keys: [{id: main, key: '${env:PENSTOCK_API_KEY}'}]}}");

        assertThat(settings.catalog().tenants()).containsOnlyKeys("team");
    }

    @Test
    void keysOfTenantsAreKeptAsHashesOnly() throws IOException {
        Settings settings = read(Map.of(), "tenants: {team: {keys: [{id: main, key: abc}]}}");

        // FIPS 180-2, appendix B.1.
        assertThat(tenant(settings, "team").keys()).containsExactly(
                new Tenant.Key("main", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Cap.NONE));
        assertThat(settings.toString()).doesNotContain("abc,");
    }

    @Test
    void theRolesAreTold() throws IOException {
        Settings settings = read(Map.of(), "kafka: {topicPrefix: test, properties: {linger.ms: 7}}");

        Map<String, String> kafka = Map.of("bootstrap.servers", "kafka:9092", "linger.ms", "7");
        assertThat(settings.ingressConfig("kafka:9092", Path.of("")).kafka()).isEqualTo(kafka);
        assertThat(settings.dispatcherConfig("kafka:9092").kafka()).isEqualTo(kafka);
        assertThat(settings.meteringConfig("kafka:9092", folder).kafka()).isEqualTo(kafka);
        assertThat(List.of(settings.ingressConfig("", Path.of("")).topics(), settings.dispatcherConfig("").topics(),
                settings.meteringConfig("", folder).topics())).containsOnly(settings.topics());
    }

    @Test
    void anEmptyFileChangesNothing() throws IOException {
        assertThat(read(Map.of(), "# nothing\n")).isEqualTo(SettingsReader.read(null, Map.of(), SIMULATOR));
    }

    private Settings read(Map<String, String> environment, String yaml) throws IOException {
        return SettingsReader.read(Files.writeString(folder.resolve("penstock.yaml"), yaml), environment, SIMULATOR);
    }

    private static Provider provider(Settings settings, String name) {
        return settings.catalog().providers().values().stream().filter(provider -> provider.name().equals(name))
                .findFirst().orElseThrow();
    }

    private static Tenant tenant(Settings settings, String name) {
        return settings.catalog().tenants().values().stream().filter(tenant -> tenant.name().equals(name)).findFirst()
                .orElseThrow();
    }
}
