package dev.penstock.deploy.settings;

import dev.penstock.deploy.settings.Settings.ClusterSettings;
import dev.penstock.deploy.settings.Settings.DispatcherSettings;
import dev.penstock.deploy.settings.Settings.FileSettings;
import dev.penstock.deploy.settings.Settings.IngressSettings;
import dev.penstock.deploy.settings.Settings.KafkaSettings;
import dev.penstock.deploy.settings.Settings.LedgerSettings;
import dev.penstock.metering.webhook.Webhook;
import dev.penstock.ingress.BatchLimits;
import dev.penstock.ingress.FileLimits;
import dev.penstock.ingress.files.Bucket;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.catalog.Tenant;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Reads the settings: the shipped defaults, a file laid over them, and the environment. */
public final class SettingsReader {
    /** A call is cut off up to a second and a half after its deadline, and its end has yet to come to metering. */
    private static final Duration LEAST_MARGIN = Duration.ofSeconds(3);

    /** Of a store like Amazon's, that is put in one request. */
    private static final long MOST_OF_AN_OBJECT = 5L << 30;
    private static final String API_KEY = "PENSTOCK_API_KEY";
    private static final String ADMIN_KEY = "PENSTOCK_ADMIN_KEY";

    private SettingsReader() {}

    /**
     * The settings of a process. Blocks while a table of prices is fetched, if they name one.
     *
     * @param file laid over the defaults, or null
     * @param simulator base URL of the simulator to use where no provider is configured, or null for none
     * @throws SettingsException with every problem, if there is one
     */
    public static Settings read(@Nullable Path file, Map<String, String> environment, @Nullable URI simulator) {
        return read(file, environment, simulator, tree -> tree);
    }

    /** The caps of the accounts, by the same settings; without a look at the prices. */
    public static Map<String, Cap> caps(@Nullable Path file, Map<String, String> environment,
            @Nullable URI simulator) {
        return Caps.configured(read(file, environment, simulator, SettingsReader::withoutPrices).catalog());
    }

    /** The settings as if all providers were on; for looking at them only. */
    public static Settings readAll(@Nullable Path file, Map<String, String> environment) {
        return read(file, environment, null, Layers::withAllProviders);
    }

    private static Map<String, Object> withoutPrices(Map<String, Object> tree) {
        var rest = new LinkedHashMap<>(tree);
        rest.remove("prices");
        return rest;
    }

    private static Settings read(@Nullable Path file, Map<String, String> environment, @Nullable URI simulator,
            UnaryOperator<Map<String, Object>> change) {
        var problems = new ArrayList<String>();
        Map<String, Object> tree = YamlTree.defaults(problems);
        Map<String, Object> own = file == null ? Map.of() : YamlTree.read(file, problems);
        var references = new References(environment);
        var root = new Section(change.apply(Layers.over(tree, own)), "", references, problems);
        var catalog = new CatalogReader(references, PriceImport.of(root.section("prices"), own));
        catalog.read(root, references.isSet(API_KEY) ? environment.get(API_KEY) : null, simulator);
        Map<String, String> admins = admins(root.section("admin"), references, environment);
        IngressSettings ingress = ingress(root.section("ingress"));
        BatchLimits batches = batches(root.section("batches"));
        FileSettings files = files(root.section("files"));
        DispatcherSettings dispatcher = dispatcher(root.section("dispatcher"));
        LedgerSettings ledger = ledger(root.section("ledger"));
        KafkaSettings kafka = kafka(root.section("kafka"));
        ClusterSettings cluster = cluster(root.section("cluster"));
        List<Webhook> webhooks = webhooks(root.sections("webhooks"));
        int loops = root.notNegative("eventLoops", 0);
        root.end();
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        int eventLoops = loops > 0 ? loops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        try {
            return new Settings(eventLoops, catalog.catalog(), admins, ingress, files, batches, dispatcher, ledger,
                    kafka, cluster,
                    webhooks);
        } catch (IllegalArgumentException e) {
            throw new SettingsException(List.of(String.valueOf(e.getMessage())));
        }
    }

    private static Map<String, String> admins(Section section, References references,
            Map<String, String> environment) {
        var admins = new HashMap<String, String>();
        section.list("keys").forEach(key -> {
            Tenant.Key made = CatalogReader.key(key);
            if (made != null) {
                admins.put(made.sha256(), made.id());
            }
        });
        section.end();
        if (references.isSet(ADMIN_KEY)) {
            admins.putIfAbsent(CatalogReader.sha256(String.valueOf(environment.get(ADMIN_KEY))), "default");
        }
        return admins;
    }

    private static IngressSettings ingress(Section section) {
        var ingress = new IngressSettings(section.text("host"), section.port("port"), section.size("maxBody"),
                section.positiveDuration("deadline", null), section.positiveDuration("keepAlive", null),
                section.positive("spread", null), section.positive("window", null),
                section.positive("idempotencyKeys", null));
        section.end();
        return ingress;
    }

    private static FileSettings files(Section section) {
        var limits = new FileLimits(section.largeSize("maxSize"), section.largeSize("maxBatchInput"),
                section.largeSize("maxTenantSize"));
        Bucket bucket = section.has("s3") ? bucket(section.section("s3")) : null;
        if (bucket != null && limits.file() > MOST_OF_AN_OBJECT) {
            section.problem("maxSize", "must be at most 5GiB with s3");
        }
        section.end();
        return new FileSettings(limits, bucket);
    }

    private static @Nullable Bucket bucket(Section section) {
        String name = section.text("bucket");
        String region = section.text("region");
        URI endpoint = section.has("endpoint") ? section.url("endpoint") : null;
        String prefix = section.text("prefix", "");
        String id = section.textOrNull("accessKeyId");
        Secret secret = section.has("secretAccessKey") ? new Secret(section.text("secretAccessKey")) : null;
        return section.make(() -> new Bucket(name, region, endpoint, prefix, id, secret));
    }

    private static BatchLimits batches(Section section) {
        var limits = new BatchLimits(section.positive("maxLines", null), section.positive("window", null));
        section.end();
        return limits;
    }

    private static DispatcherSettings dispatcher(Section section) {
        var dispatcher = new DispatcherSettings(section.positive("queueLimit", null), section.duration("drain", null),
                section.positiveDuration("handoverWait", null));
        section.end();
        return dispatcher;
    }

    private static LedgerSettings ledger(Section section) {
        var ledger = new LedgerSettings(section.positiveDuration("lease", null),
                section.durationOfAtLeast("margin", LEAST_MARGIN));
        section.end();
        return ledger;
    }

    private static KafkaSettings kafka(Section section) {
        String prefix = section.text("topicPrefix");
        try {
            new Topics(prefix);
        } catch (IllegalArgumentException e) {
            section.problem("topicPrefix", String.valueOf(e.getMessage()));
        }
        var kafka = new KafkaSettings(prefix, section.positive("partitions", null),
                section.positiveDuration("responseRetention", null), section.textMap("properties"));
        section.end();
        return kafka;
    }

    private static ClusterSettings cluster(Section section) {
        var cluster = new ClusterSettings(section.text("host"), section.port("port"), section.texts("members"));
        section.end();
        return cluster;
    }

    private static List<Webhook> webhooks(Map<String, Section> sections) {
        var webhooks = new ArrayList<Webhook>();
        sections.forEach((name, section) -> {
            URI url = section.url("url");
            var secret = new Secret(section.text("secret"));
            Set<String> events = Set.copyOf(section.texts("events"));
            Set<String> tenants = Set.copyOf(section.texts("tenants"));
            Webhook webhook = section.make(() -> new Webhook(name, url, secret, events, tenants));
            if (webhook != null) {
                webhooks.add(webhook);
            }
        });
        return webhooks;
    }
}
