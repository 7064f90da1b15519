package dev.penstock.dispatcher;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.ledger.Terms;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How a dispatcher is to run.
 *
 * @param kafka properties of its Kafka clients, {@code bootstrap.servers} among them
 * @param topics of the installation
 * @param catalog providers, models and tenants
 * @param eventLoops how many workers run, each on an event loop of its own
 * @param queueLimit how many records of one tenant may wait in memory for one provider before their partition is paused
 * @param drain how long a closing dispatcher lets its open calls go on
 * @param handoverWait how long lines that go to a provider's batch API wait for more of their batch
 * @param terms to which it spends what the ledger grants
 */
public record DispatcherConfig(Map<String, String> kafka, Topics topics, Catalog catalog, int eventLoops,
        int queueLimit, Duration drain, Duration handoverWait, Terms terms) {
    public DispatcherConfig {
        kafka = Map.copyOf(kafka);
        if (eventLoops <= 0) {
            throw new IllegalArgumentException("eventLoops: " + eventLoops + " must be positive");
        }
        if (queueLimit <= 0) {
            throw new IllegalArgumentException("queueLimit: " + queueLimit + " must be positive");
        }
        if (drain.isNegative()) {
            throw new IllegalArgumentException("drain: " + drain + " must not be negative");
        }
    }

    /** All topics that requests come from: the queues of every provider, and the retry topics. */
    List<String> queues() {
        return Stream.concat(Topics.RETRY_SECONDS.stream().map(seconds -> topics.retry(seconds).name()),
                catalog.providers().keySet().stream().flatMap(
                        name -> Stream.of(Lane.values()).map(lane -> topics.requests(name, lane).name())))
                .toList();
    }
}
