package dev.penstock.deploy.settings;

import dev.penstock.schemas.catalog.Access;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Capability;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Provider.Timeouts;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Quota;
import dev.penstock.schemas.catalog.Quotas;
import dev.penstock.schemas.catalog.RateLimits;
import dev.penstock.schemas.catalog.Route;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.catalog.Tenant;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the providers, models and tenants. */
final class CatalogReader {
    private static final String SIMULATOR = "simulator";
    private static final String DEFAULT = "default";
    private static final ZoneId UTC = ZoneId.of("UTC");

    private final References references;
    private final PriceImport prices;
    private final Set<String> known = new HashSet<>();
    private final Set<String> switchedOff = new HashSet<>();
    private final List<Provider> providers = new ArrayList<>();
    private final List<Model> models = new ArrayList<>();
    private final List<Tenant> tenants = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private final Set<String> absent = new HashSet<>();
    /** What the batch API of a provider costs, in percent of the usual price. */
    private final Map<String, Integer> batchPercents = new HashMap<>();

    CatalogReader(References references, PriceImport prices) {
        this.references = references;
        this.prices = prices;
    }

    /**
     * Reads all there is under the root; what is wrong is noted there.
     *
     * @param apiKey the key that the environment gives, or null
     * @param simulator stands in if no provider is configured; or null
     */
    void read(Section root, @Nullable String apiKey, @Nullable URI simulator) {
        root.sections("providers").forEach(this::readProvider);
        if (simulator != null && known.size() == switchedOff.size()) {
            addSimulator(simulator);
        }
        root.sections("models").forEach(this::readModel);
        root.sections("tenants").forEach(this::readTenant);
        if (apiKey != null) {
            addDefaultKey(sha256(apiKey));
        }
        readRoutes(root);
    }

    private void readRoutes(Section root) {
        Set<String> names = models.stream().map(Model::name).collect(Collectors.toSet());
        var reader = new RouteReader(names, name -> names.contains(name) || isOf(name, known),
                name -> absent.contains(name) || !names.contains(name) && isOf(name, switchedOff),
                tenants.stream().map(Tenant::name).collect(Collectors.toSet()));
        root.sections("routes").forEach((name, section) -> addTo(routes, reader.read(name, section)));
    }

    /** Whether it is PROVIDER/MODEL of one of these. */
    private static boolean isOf(String name, Set<String> providers) {
        int slash = name.indexOf('/');
        return slash > 0 && slash < name.length() - 1 && providers.contains(name.substring(0, slash));
    }

    /** Throws {@link IllegalArgumentException} where what was read does not fit together. */
    Catalog catalog() {
        return Catalog.of(version(), providers, models, tenants, routes);
    }

    /** Changes with the prices and with nothing else. */
    private String version() {
        return "settings-"
                + sha256(models.stream().map(model -> model.name() + " " + model.provider() + " " + model.price())
                        .sorted().collect(Collectors.joining("\n"))).substring(0, 12);
    }

    private void readProvider(String name, Section section) {
        known.add(name);
        String whenSet = section.textOrNull("whenSet");
        if (whenSet != null && !references.isSet(whenSet)) {
            switchedOff.add(name);
            return;
        }
        ProviderKind kind = section.oneOf("kind", ProviderKind.class);
        URI baseUrl = section.url("baseUrl");
        Secret apiKey = section.has("apiKey") ? new Secret(section.text("apiKey")) : null;
        List<Secret> furtherKeys = section.texts("furtherApiKeys").stream().map(Secret::new).toList();
        int calls = section.positive("maxConcurrentCalls", 64);
        Timeouts timeouts = timeouts(section.section("timeouts"));
        Quotas quotas = quotas(section.section("quotas"));
        String region = section.textOrNull("region");
        boolean batchApi = section.has("batchApi");
        if (batchApi) {
            Section batch = section.section("batchApi");
            Integer percent = positiveOrNull(batch, "pricePercent");
            batch.end();
            if (percent != null) {
                batchPercents.put(name, percent);
            }
        }
        addTo(providers, section.make(() -> new Provider(name, kind, baseUrl, apiKey, calls, timeouts, furtherKeys,
                quotas == null ? Quotas.NONE : quotas, region, batchApi)));
    }

    private static @Nullable Quotas quotas(Section section) {
        var models = new HashMap<String, Quota>();
        section.sections("models").forEach((model, one) -> {
            Integer calls = positiveOrNull(one, "maxConcurrentCalls");
            models.put(model, quota(one, calls));
            one.end();
        });
        Section each = section.section("eachKey");
        Quota eachKey = quota(each, positiveOrNull(each, "maxConcurrentCalls"));
        each.end();
        int batchShare = section.positive("batchShare", Quotas.DEFAULT_BATCH_SHARE);
        Quota whole = quota(section, null);
        return section.make(() -> new Quotas(whole, models, eachKey, batchShare));
    }

    private static Quota quota(Section section, @Nullable Integer calls) {
        return new Quota(calls, positiveOrNull(section, "rpm"), positiveOrNull(section, "tpm"));
    }

    private static Timeouts timeouts(Section section) {
        Timeouts normal = Timeouts.DEFAULT;
        Duration connect = section.positiveDuration("connect", normal.connect());
        Duration firstByte = section.positiveDuration("firstByte", normal.firstByte());
        Duration idle = section.positiveDuration("idle", normal.idle());
        section.end();
        return new Timeouts(connect, firstByte, idle);
    }

    private void addSimulator(URI baseUrl) {
        known.add(SIMULATOR);
        providers.add(new Provider(SIMULATOR, ProviderKind.OPENAI_COMPATIBLE, baseUrl, null, 20_000, Timeouts.DEFAULT));
        models.add(new Model("sim-small", SIMULATOR, "sim-small", new Price(100_000_000, 400_000_000, null, null),
                Limits.UNKNOWN, 0));
        models.add(new Model("sim-large", SIMULATOR, "sim-large", new Price(1_000_000_000, 4_000_000_000L, null, null),
                Limits.UNKNOWN, 0));
        models.add(new Model("sim-embed", SIMULATOR, "sim-embed", new Price(20_000_000, 0, null, null), Limits.UNKNOWN,
                0));
        models.add(new Model("sim-moderation", SIMULATOR, "sim-moderation", new Price(0, 0, null, null),
                Limits.UNKNOWN, 0));
    }

    private void readModel(String name, Section section) {
        String provider = section.text("provider");
        String model = section.text("model", name);
        Price price = section.has("price") ? PriceReader.price(section.section("price")) : null;
        Limits limits = new Limits(positiveOrNull(section, "maxInputTokens"),
                positiveOrNull(section, "maxOutputTokens"),
                positiveOrNull(section, "maxMediaTokens"));
        int created = section.notNegative("created", 0);
        if (!provider.isEmpty() && !known.contains(provider)) {
            section.problem("provider", "there is no provider '" + provider + "'" + Spelling.hint(provider, known));
        }
        Set<Capability> capabilities = section.has("capabilities")
                ? section.words("capabilities", Capability.class)
                : null;
        Model made = section.make(() -> new Model(name, provider, model, price, limits, created, capabilities));
        if (switchedOff.contains(provider)) {
            absent.add(name);
        } else {
            models.removeIf(simulated -> simulated.name().equals(name));
            addTo(models, made == null ? null : imported(made));
        }
    }

    private Model imported(Model model) {
        return providers.stream().filter(one -> one.name().equals(model.provider())).findFirst()
                .map(provider -> withBatchPrice(prices.into(model, provider))).orElse(model);
    }

    private Model withBatchPrice(Model model) {
        Integer percent = batchPercents.get(model.provider());
        Price price = model.price();
        return percent == null || price == null
                ? model
                : new Model(model.name(), model.provider(), model.providerModel(), price.withBatchPercent(percent),
                        model.limits(), model.created(), model.capabilities());
    }

    private static @Nullable Integer positiveOrNull(Section section, String key) {
        return section.has(key) ? section.positive(key, null) : null;
    }

    private void readTenant(String name, Section section) {
        var keys = new ArrayList<Tenant.Key>();
        section.list("keys").forEach(key -> addTo(keys, key(key)));
        int weight = section.positive("weight", 1);
        ZoneId zone = section.zone("timeZone", UTC);
        Cap cap = cap(section);
        Integer most = positiveOrNull(section, "maxOutputTokens");
        RateLimits limits = limits(section, RateLimits.GENEROUS);
        List<String> allowed = section.texts("models");
        String region = section.textOrNull("region");
        addTo(tenants, section.make(
                () -> new Tenant(name, keys, weight, zone, cap, most, limits, new Access(allowed, region))));
    }

    static Tenant.@Nullable Key key(Section section) {
        String id = section.text("id");
        String hash = section.has("key") ? sha256(section.text("key")) : section.text("sha256");
        Cap cap = cap(section);
        RateLimits limits = limits(section, RateLimits.NONE);
        return section.make(() -> new Tenant.Key(id, hash, cap, limits));
    }

    private static RateLimits limits(Section owner, RateLimits otherwise) {
        Section section = owner.section("limits");
        Long requests = limit(section, "requestsPerMinute", otherwise.requestsPerMinute());
        Long tokens = limit(section, "tokensPerMinute", otherwise.tokensPerMinute());
        Integer given = positiveOrNull(section, "inFlight");
        section.end();
        return new RateLimits(requests, tokens, given == null ? otherwise.inFlight() : given);
    }

    private static @Nullable Long limit(Section section, String key, @Nullable Long otherwise) {
        return section.has(key) ? Long.valueOf(section.positive(key, null)) : otherwise;
    }

    private static Cap cap(Section owner) {
        if (!owner.has("cap")) {
            return Cap.NONE;
        }
        Section section = owner.section("cap");
        Long daily = section.money("daily");
        Long weekly = section.money("weekly");
        Long monthly = section.money("monthly");
        boolean soft = section.has("mode") && section.text("mode").equals("soft");
        if (!soft && section.has("mode") && !section.text("mode").equals("hard")) {
            section.problem("mode", "must be hard or soft");
        }
        List<Integer> alerts = section.percentages("alerts", Cap.DEFAULT_ALERTS);
        Cap cap = section.make(() -> new Cap(daily, weekly, monthly, soft ? Cap.Mode.SOFT : Cap.Mode.HARD, alerts));
        return cap == null ? Cap.NONE : cap;
    }

    /** The key is the default tenant's, unless the settings gave it to somebody. */
    private void addDefaultKey(String sha256) {
        if (tenants.stream().flatMap(tenant -> tenant.keys().stream()).anyMatch(key -> key.sha256().equals(sha256))) {
            return;
        }
        Tenant tenant = tenants.stream().filter(one -> one.name().equals(DEFAULT)).findFirst()
                .orElseGet(() -> new Tenant(DEFAULT, List.of(), 1, UTC, Cap.NONE, null));
        tenants.remove(tenant);
        tenants.add(tenant.with(new Tenant.Key(DEFAULT, sha256, Cap.NONE)));
    }

    static String sha256(String key) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    private static <T> void addTo(List<T> all, @Nullable T made) {
        if (made != null) {
            all.add(made);
        }
    }
}
