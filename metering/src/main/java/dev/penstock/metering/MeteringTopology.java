package dev.penstock.metering;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.catalog.Catalog;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.streams.Topology;

/**
 * What metering does with each record. Processors and stores are named, so that a release that adds one finds the
 * state of the others: the names are part of the names of topics in Kafka, and must not change. Children run in the
 * order in which they are added: an attempt is in the sums when the ledger learns of it.
 */
final class MeteringTopology {
    private static final String ATTEMPTS = "attempts";
    private static final String LOST = "lost";
    private static final String DEDUPLICATE = "deduplicate";
    private static final String PRICE = "price";
    private static final String USAGE = "usage";
    private static final String TOTAL = "total";
    private static final String SPEND = "spend";
    private static final String REQUESTS = "allowance-requests";
    private static final String LEDGER = "ledger";
    private static final String ALLOWANCES = "allowances";
    private static final String CAP_ALERTS = "cap-alerts";
    private static final String SPEND_ALERTS = "spend-alerts";
    private static final String ALERTS = "alerts";

    private MeteringTopology() {}

    static Topology of(Topics topics, Catalog catalog) {
        return of(topics, catalog, () -> Caps.configured(catalog), Duration.ofMinutes(2));
    }

    /**
     * The whole of it.
     *
     * @param configured the caps of the settings as they are now, by account
     * @param margin after the deadline of an attempt, before it is taken for lost
     */
    static Topology of(Topics topics, Catalog catalog, Supplier<Map<String, Cap>> configured, Duration margin) {
        var pricing = new Pricing(catalog);
        var topology = new Topology();
        source(topology, ATTEMPTS, topics.attempts());
        topology.addProcessor(LOST, LostAttempts.supplier(topics.startedAttempts(), margin), ATTEMPTS);
        topology.addProcessor(DEDUPLICATE, Deduplicate.supplier(), LOST);
        topology.addProcessor(PRICE, () -> new PublishUsage(topics, pricing), DEDUPLICATE);
        sink(topology, USAGE, topics.usage(), PRICE);
        topology.addProcessor(TOTAL, SpendTotals.supplier(topics.spend().values()), PRICE);
        sink(topology, SPEND, topics.spend(), TOTAL);
        source(topology, REQUESTS, topics.allowanceRequests());
        CapsTable.add(topology, topics.caps());
        topology.addProcessor(LEDGER, Ledger.supplier(topics.grants(), pricing, configured, margin),
                DEDUPLICATE, REQUESTS);
        topology.connectProcessorAndStateStores(LEDGER, SpendTotals.STORE, LostAttempts.STORE);
        sink(topology, ALLOWANCES, topics.allowances(), LEDGER);
        topology.addProcessor(CAP_ALERTS, CapAlerts.supplier(topics, pricing, configured), DEDUPLICATE, LEDGER);
        topology.connectProcessorAndStateStores(CAP_ALERTS, SpendTotals.STORE, Ledger.STORE);
        topology.addProcessor(SPEND_ALERTS, SpendAlerts.supplier(topics, pricing), DEDUPLICATE);
        sink(topology, ALERTS, topics.alerts(), CAP_ALERTS, SPEND_ALERTS);
        return topology;
    }

    private static <K, V> void source(Topology topology, String name, Topic<K, V> topic) {
        topology.addSource(name, topic.keys().deserializer(), topic.values().deserializer(), topic.name());
    }

    private static <K, V> void sink(Topology topology, String name, Topic<K, V> topic, String... parents) {
        topology.addSink(name, topic.name(), topic.keys().serializer(), topic.values().serializer(), parents);
    }
}
