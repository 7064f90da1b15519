package dev.penstock.deploy.settings;

import dev.penstock.deploy.settings.Settings.ClusterSettings;
import dev.penstock.deploy.settings.Settings.DispatcherSettings;
import dev.penstock.deploy.settings.Settings.IngressSettings;
import dev.penstock.deploy.settings.Settings.KafkaSettings;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Provider.Timeouts;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.catalog.Tenant;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads the settings: the shipped defaults, a file laid over them, and the environment. */
public final class SettingsReader {
    private static final String DEFAULTS = "penstock.yaml";
    private static final String API_KEY = "PENSTOCK_API_KEY";

    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();
    private final Set<String> switchedOff = new HashSet<>();

    private SettingsReader(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * The settings of a process.
     *
     * @param file laid over the defaults, or null
     * @param simulator base URL of the simulator to use where no provider is configured, or null for none
     * @throws SettingsException with every problem, if there is one
     */
    public static Settings read(@Nullable Path file, Map<String, String> environment, @Nullable URI simulator) {
        return new SettingsReader(environment).read(file, simulator);
    }

    private Settings read(@Nullable Path file, @Nullable URI simulator) {
        Map<String, Object> tree = parse(defaults(), DEFAULTS);
        if (file != null) {
            tree = overlay(tree, parse(content(file), file.toString()));
        }
        var root = new Section(tree, "", environment, problems);
        List<Provider> providers = providers(root);
        List<Model> models = models(root);
        if (providers.isEmpty() && simulator != null) {
            providers.add(new Provider("simulator", ProviderKind.OPENAI_COMPATIBLE, simulator, null, 20_000,
                    Timeouts.DEFAULT));
            models.add(simulated("sim-small", new Price(100_000_000, 400_000_000, null, null)));
            models.add(simulated("sim-large", new Price(1_000_000_000, 4_000_000_000L, null, null)));
        }
        List<Tenant> tenants = tenants(root);
        IngressSettings ingress = ingress(root.section("ingress"));
        DispatcherSettings dispatcher = dispatcher(root.section("dispatcher"));
        KafkaSettings kafka = kafka(root.section("kafka"));
        ClusterSettings cluster = cluster(root.section("cluster"));
        int loops = root.number("eventLoops", 0);
        Catalog catalog = root.make(() -> Catalog.of("settings", providers, models, tenants));
        if (catalog == null || !problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        int eventLoops = loops > 0 ? loops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return new Settings(eventLoops, catalog, ingress, dispatcher, kafka, cluster);
    }

    private List<Provider> providers(Section root) {
        var providers = new ArrayList<@Nullable Provider>();
        root.sections("providers").forEach((name, section) -> {
            String whenSet = section.textOrNull("whenSet");
            if (whenSet != null && environment.getOrDefault(whenSet, "").isEmpty()) {
                switchedOff.add(name);
                return;
            }
            ProviderKind kind = section.oneOf("kind", ProviderKind.class, ProviderKind.OPENAI_COMPATIBLE);
            String url = section.text("baseUrl");
            String key = section.textOrNull("apiKey");
            int calls = section.number("maxConcurrentCalls", 64);
            Timeouts timeouts = timeouts(section.section("timeouts"));
            providers.add(section.make(() -> new Provider(name, kind, URI.create(url),
                    key == null ? null : new Secret(key), calls, timeouts)));
        });
        return present(providers);
    }

    private static Timeouts timeouts(Section section) {
        Timeouts normal = Timeouts.DEFAULT;
        Duration connect = section.duration("connect", normal.connect());
        Duration firstByte = section.duration("firstByte", normal.firstByte());
        Duration idle = section.duration("idle", normal.idle());
        Timeouts timeouts = section.make(() -> new Timeouts(connect, firstByte, idle));
        return timeouts == null ? normal : timeouts;
    }

    private List<Model> models(Section root) {
        var models = new ArrayList<@Nullable Model>();
        root.sections("models").forEach((name, section) -> {
            String provider = section.text("provider");
            String model = section.text("model", name);
            Price price = section.has("price") ? price(section.section("price")) : null;
            Integer most = section.numberOrNull("maxOutputTokens");
            int created = section.number("created", 0);
            if (!switchedOff.contains(provider)) {
                models.add(section.make(() -> new Model(name, provider, model, price, most, created)));
            }
        });
        return present(models);
    }

    private static @Nullable Price price(Section section) {
        section.text("input");
        section.text("output");
        Long input = section.dollars("input");
        Long output = section.dollars("output");
        Long cacheRead = section.dollars("cacheRead");
        Long cacheWrite = section.dollars("cacheWrite");
        return input == null || output == null
                ? null
                : section.make(() -> new Price(input, output, cacheRead, cacheWrite));
    }

    private static Model simulated(String name, Price price) {
        return new Model(name, "simulator", name, price, null, 0);
    }

    private List<Tenant> tenants(Section root) {
        var tenants = new ArrayList<@Nullable Tenant>();
        String own = environment.getOrDefault(API_KEY, "");
        Map<String, Section> sections = root.sections("tenants");
        sections.forEach((name, section) -> {
            var keys = new ArrayList<Tenant.@Nullable Key>();
            section.list("keys").forEach(key -> keys.add(key(key)));
            if (name.equals("default") && !own.isEmpty()) {
                keys.add(new Tenant.Key("default", sha256(own)));
            }
            int weight = section.number("weight", 1);
            ZoneId zone = zone(section);
            tenants.add(section.make(() -> new Tenant(name, present(keys), weight, zone)));
        });
        if (!sections.containsKey("default") && !own.isEmpty()) {
            tenants.add(new Tenant("default", List.of(new Tenant.Key("default", sha256(own))), 1, ZoneId.of("UTC")));
        }
        return present(tenants);
    }

    private static Tenant.@Nullable Key key(Section section) {
        String id = section.text("id");
        String plain = section.textOrNull("key");
        String hash = plain == null ? section.text("sha256") : sha256(plain);
        return section.make(() -> new Tenant.Key(id, hash));
    }

    private static ZoneId zone(Section section) {
        String zone = section.text("timeZone", "UTC");
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            section.problem("timeZone", "'" + zone + "' is no time zone");
            return ZoneId.of("UTC");
        }
    }

    private static IngressSettings ingress(Section section) {
        var ingress = new IngressSettings(section.text("host"), section.number("port", 0),
                section.size("maxBody", 1 << 20), section.duration("deadline", Duration.ofMinutes(10)),
                section.duration("keepAlive", Duration.ofSeconds(15)), section.number("spread", 1));
        section.end();
        return ingress;
    }

    private static DispatcherSettings dispatcher(Section section) {
        var dispatcher = new DispatcherSettings(section.number("queueLimit", 1),
                section.duration("drain", Duration.ofSeconds(30)));
        section.end();
        return dispatcher;
    }

    private static KafkaSettings kafka(Section section) {
        var kafka = new KafkaSettings(section.text("topicPrefix"), section.number("partitions", 1),
                section.textMap("properties"));
        section.end();
        return kafka;
    }

    private static ClusterSettings cluster(Section section) {
        var cluster = new ClusterSettings(section.text("host"), section.number("port", 0), section.texts("members"));
        section.end();
        return cluster;
    }

    private static String sha256(String key) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static <T> List<T> present(List<@Nullable T> all) {
        return new ArrayList<>(all.stream().filter(Objects::nonNull).map(Objects::requireNonNull).toList());
    }

    private Map<String, Object> parse(String yaml, String name) {
        try {
            Object tree = new Load(LoadSettings.builder().setLabel(name).build()).loadFromString(yaml);
            if (tree instanceof Map<?, ?> map) {
                return strings(map);
            }
            problems.add(name + ": must be a mapping");
        } catch (YamlEngineException e) {
            problems.add(name + ": is no YAML: " + e.getMessage());
        }
        return Map.of();
    }

    private static Map<String, Object> strings(Map<?, ?> map) {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }

    /** Mappings are merged key by key; of everything else the upper one counts. */
    private static Map<String, Object> overlay(Map<String, Object> lower, Map<String, Object> upper) {
        var merged = new LinkedHashMap<>(lower);
        upper.forEach((key, value) -> {
            if (merged.get(key) instanceof Map<?, ?> below && value instanceof Map<?, ?> above) {
                merged.put(key, overlay(strings(below), strings(above)));
            } else {
                merged.put(key, value);
            }
        });
        return merged;
    }

    private String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            problems.add(file + ": cannot be read");
            return "{}";
        }
    }

    private static String defaults() {
        try (InputStream in = Objects.requireNonNull(SettingsReader.class.getResourceAsStream(DEFAULTS))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the jar holds its defaults", e);
        }
    }
}
