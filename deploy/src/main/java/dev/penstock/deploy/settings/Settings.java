package dev.penstock.deploy.settings;

import dev.penstock.dispatcher.DispatcherConfig;
import dev.penstock.ingress.BatchLimits;
import dev.penstock.ingress.FileLimits;
import dev.penstock.ingress.files.Bucket;
import dev.penstock.ingress.IngressConfig;
import dev.penstock.metering.MeteringConfig;
import dev.penstock.metering.webhook.Webhook;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.ledger.Terms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a process, valid as a whole.
 *
 * @param eventLoops threads that serve connections, and workers
 * @param admins ids of the keys that may set caps, by SHA-256
 * @param files how large files may be, and where they are
 * @param batches how large batches may be
 * @param cluster where the processes of an installation meet
 * @param webhooks where alerts are posted
 */
public record Settings(int eventLoops, Catalog catalog, Map<String, String> admins, IngressSettings ingress,
        FileSettings files, BatchLimits batches, DispatcherSettings dispatcher, LedgerSettings ledger,
        KafkaSettings kafka, ClusterSettings cluster,
        List<Webhook> webhooks) {
    public Settings {
        webhooks = List.copyOf(webhooks);
        for (Webhook webhook : webhooks) {
            for (String tenant : webhook.tenants()) {
                if (!catalog.tenants().containsKey(tenant)) {
                    throw new IllegalArgumentException(
                            "webhooks." + webhook.name() + ".tenants: there is no tenant '" + tenant + "'");
                }
            }
        }
    }

    /** See {@link IngressConfig}; {@code maxBody} is in bytes. */
    public record IngressSettings(String host, int port, int maxBody, Duration deadline, Duration keepAlive,
            int spread, int window, int idempotencyKeys) {}

    /**
     * Callers' files.
     *
     * @param bucket where they are; null for a folder of this machine
     */
    public record FileSettings(FileLimits limits, @Nullable Bucket bucket) {}

    /** See {@link DispatcherConfig}. */
    public record DispatcherSettings(int queueLimit, Duration drain, Duration handoverWait) {}

    /** See {@link Terms}. */
    public record LedgerSettings(Duration lease, Duration margin) {}

    /**
     * How the topics are made, and properties of every Kafka client.
     *
     * @param responseRetention how long answers are kept that were asked to be
     */
    public record KafkaSettings(String topicPrefix, int partitions, Duration responseRetention,
            Map<String, String> properties) {
        public KafkaSettings {
            properties = Map.copyOf(properties);
        }
    }

    /** Where this process listens for the others, and where it looks for them. */
    public record ClusterSettings(String host, int port, List<String> members) {
        public ClusterSettings {
            members = List.copyOf(members);
        }
    }

    /** The topics of the installation. */
    public Topics topics() {
        return new Topics(kafka.topicPrefix());
    }

    /** Properties of every Kafka client, for a given cluster. */
    public Map<String, String> kafkaClients(String bootstrapServers) {
        var properties = new HashMap<>(kafka.properties());
        properties.put("bootstrap.servers", bootstrapServers);
        return properties;
    }

    /** How an ingress is to run that keeps callers' files in a folder of {@code data}. */
    public IngressConfig ingressConfig(String bootstrapServers, Path data) {
        return new IngressConfig(ingress.host(), ingress.port(), kafkaClients(bootstrapServers), topics(), catalog,
                admins, ingress.maxBody(), ingress.deadline(), ingress.keepAlive(), eventLoops, ingress.spread(),
                ingress.window(), data.resolve("files"), files.bucket(), files.limits(), batches,
                ingress.idempotencyKeys(), terms());
    }

    /** How a dispatcher is to run. */
    public DispatcherConfig dispatcherConfig(String bootstrapServers) {
        return new DispatcherConfig(kafkaClients(bootstrapServers), topics(), catalog, eventLoops,
                dispatcher.queueLimit(), dispatcher.drain(), dispatcher.handoverWait(), terms());
    }

    /** How metering is to run. */
    public MeteringConfig meteringConfig(String bootstrapServers, Path stateDir) {
        return new MeteringConfig(kafkaClients(bootstrapServers), topics(), catalog, stateDir, webhooks,
                ledger.margin());
    }

    private Terms terms() {
        return Terms.of(ledger.lease(), ingress.deadline(), ledger.margin());
    }
}
