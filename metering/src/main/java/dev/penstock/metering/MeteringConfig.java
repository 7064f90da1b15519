package dev.penstock.metering;

import dev.penstock.metering.webhook.Webhook;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How metering is to run.
 *
 * @param kafka properties of its Kafka clients, {@code bootstrap.servers} among them
 * @param topics of the installation
 * @param catalog for the prices
 * @param stateDir where the state stores are kept; may be lost, since the log has it all
 * @param webhooks where alerts are posted
 * @param margin after the deadline of an attempt, for calls that are still being cut off, events on their way, and
 *     clocks that disagree
 */
public record MeteringConfig(Map<String, String> kafka, Topics topics, Catalog catalog, Path stateDir,
        List<Webhook> webhooks, Duration margin) {
    public MeteringConfig {
        kafka = Map.copyOf(kafka);
        webhooks = List.copyOf(webhooks);
    }
}
