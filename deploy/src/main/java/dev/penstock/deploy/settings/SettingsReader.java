package dev.penstock.deploy.settings;

import dev.penstock.deploy.settings.Settings.ClusterSettings;
import dev.penstock.deploy.settings.Settings.DispatcherSettings;
import dev.penstock.deploy.settings.Settings.IngressSettings;
import dev.penstock.deploy.settings.Settings.KafkaSettings;
import dev.penstock.ingress.BatchLimits;
import dev.penstock.ingress.FileLimits;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Tenant;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the settings: the shipped defaults, a file laid over them, and the environment. */
public final class SettingsReader {
    private static final String API_KEY = "PENSTOCK_API_KEY";
    private static final String ADMIN_KEY = "PENSTOCK_ADMIN_KEY";

    private SettingsReader() {}

    /**
     * The settings of a process.
     *
     * @param file laid over the defaults, or null
     * @param simulator base URL of the simulator to use where no provider is configured, or null for none
     * @throws SettingsException with every problem, if there is one
     */
    public static Settings read(@Nullable Path file, Map<String, String> environment, @Nullable URI simulator) {
        var problems = new ArrayList<String>();
        Map<String, Object> tree = YamlTree.defaults(problems);
        if (file != null) {
            Map<String, Object> own = YamlTree.read(file, problems);
            tree = YamlTree.overlay(withoutSwitches(tree, own), own);
        }
        var references = new References(environment);
        var root = new Section(tree, "", references, problems);
        var catalog = new CatalogReader(references);
        catalog.read(root, references.isSet(API_KEY) ? environment.get(API_KEY) : null, simulator);
        Map<String, String> admins = admins(root.section("admin"), references, environment);
        IngressSettings ingress = ingress(root.section("ingress"));
        BatchLimits batches = batches(root.section("batches"));
        FileLimits files = files(root.section("files"));
        DispatcherSettings dispatcher = dispatcher(root.section("dispatcher"));
        KafkaSettings kafka = kafka(root.section("kafka"));
        ClusterSettings cluster = cluster(root.section("cluster"));
        int loops = root.notNegative("eventLoops", 0);
        root.end();
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        int eventLoops = loops > 0 ? loops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        try {
            return new Settings(eventLoops, catalog.catalog(), admins, ingress, files, batches, dispatcher,
                    kafka, cluster);
        } catch (IllegalArgumentException e) {
            throw new SettingsException(List.of(String.valueOf(e.getMessage())));
        }
    }

    /** A shipped provider waits for its variable only as long as no file gives it a key of its own. */
    private static Map<String, Object> withoutSwitches(Map<String, Object> defaults, Map<String, Object> own) {
        if (!(defaults.get("providers") instanceof Map<?, ?> shipped)
                || !(own.get("providers") instanceof Map<?, ?> given)) {
            return defaults;
        }
        Map<String, Object> providers = YamlTree.withTextKeys(shipped);
        providers.replaceAll((name, provider) -> {
            boolean keyed = given.get(name) instanceof Map<?, ?> mine && mine.containsKey("apiKey");
            if (!keyed || !(provider instanceof Map<?, ?> settings)) {
                return provider;
            }
            Map<String, Object> switchless = YamlTree.withTextKeys(settings);
            switchless.remove("whenSet");
            return switchless;
        });
        var changed = new LinkedHashMap<>(defaults);
        changed.put("providers", providers);
        return changed;
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
                section.positive("spread", null));
        section.end();
        return ingress;
    }

    private static FileLimits files(Section section) {
        var limits = new FileLimits(section.largeSize("maxSize"), section.largeSize("maxBatchInput"),
                section.largeSize("maxTenantSize"));
        section.end();
        return limits;
    }

    private static BatchLimits batches(Section section) {
        var limits = new BatchLimits(section.positive("maxLines", null), section.positive("window", null));
        section.end();
        return limits;
    }

    private static DispatcherSettings dispatcher(Section section) {
        var dispatcher = new DispatcherSettings(section.positive("queueLimit", null), section.duration("drain", null));
        section.end();
        return dispatcher;
    }

    private static KafkaSettings kafka(Section section) {
        String prefix = section.text("topicPrefix");
        try {
            new Topics(prefix);
        } catch (IllegalArgumentException e) {
            section.problem("topicPrefix", String.valueOf(e.getMessage()));
        }
        var kafka = new KafkaSettings(prefix, section.positive("partitions", null), section.textMap("properties"));
        section.end();
        return kafka;
    }

    private static ClusterSettings cluster(Section section) {
        var cluster = new ClusterSettings(section.text("host"), section.port("port"), section.texts("members"));
        section.end();
        return cluster;
    }
}
