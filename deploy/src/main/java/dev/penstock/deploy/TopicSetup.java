package dev.penstock.deploy;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Makes the topics of an installation that are not there yet, with the replication that the cluster has as its default. */
final class TopicSetup {
    private static final Map<String, String> WEEK = Map.of("retention.ms", ms(Duration.ofDays(7)), "max.message.bytes",
            "68157440");
    private static final Map<String, String> DAY = Map.of("retention.ms", ms(Duration.ofDays(1)));
    /** Some more than a day, in segments that are not much longer themselves. */
    private static final Map<String, String> CLAIMS = Map.of("retention.ms", ms(Duration.ofHours(26)),
            "segment.ms", ms(Duration.ofHours(2)));
    private static final Map<String, String> MONTH = Map.of("retention.ms", ms(Duration.ofDays(30)));
    private static final Map<String, String> FOREVER = Map.of("retention.ms", "-1");
    private static final Map<String, String> COMPACTED = Map.of("cleanup.policy", "compact");
    /** A line that comes twice is known by its tombstone, for a week. What is done with goes soon: all is read at a takeover. */
    private static final Map<String, String> HANDED_OVER = Map.of("cleanup.policy", "compact", "delete.retention.ms",
            ms(Duration.ofDays(7)), "segment.ms", ms(Duration.ofHours(1)), "segment.bytes", "134217728",
            "max.message.bytes", "68157440");

    private static final Map<String, String> KEPT_FOR_A_QUARTER = Map.of("cleanup.policy", "compact,delete",
            "retention.ms", ms(Duration.ofDays(90)));

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(10);

    private TopicSetup() {}

    /** As below, with answers kept for a day. */
    static void ensure(Map<String, String> kafka, Topics topics, Collection<Provider> providers, int partitions)
            throws InterruptedException {
        ensure(kafka, topics, providers, partitions, Duration.ofDays(1));
    }

    /**
     * Blocks until every topic is there, and its broker tells of it.
     *
     * @param kept how long answers are kept that were asked to be
     */
    static void ensure(Map<String, String> kafka, Topics topics, Collection<Provider> providers, int partitions,
            Duration kept) throws InterruptedException {
        var wanted = new ArrayList<NewTopic>();
        for (Provider provider : providers) {
            for (Lane lane : Lane.values()) {
                int most = Math.min(partitions, provider.mostPartitions());
                wanted.add(topic(topics.requests(provider.name(), lane).name(), most, WEEK));
            }
        }
        for (int delay : Topics.RETRY_SECONDS) {
            wanted.add(topic(topics.retry(delay).name(), partitions, WEEK));
        }
        wanted.add(topic(topics.attempts().name(), partitions, FOREVER));
        wanted.add(topic(topics.usage().name(), partitions, FOREVER));
        wanted.add(topic(topics.spend().name(), partitions, COMPACTED));
        wanted.add(topic(topics.allowanceRequests().name(), partitions, DAY));
        wanted.add(topic(topics.allowances().name(), partitions, DAY));
        wanted.add(topic(topics.caps().name(), 1, COMPACTED));
        wanted.add(topic(topics.files().name(), 1, COMPACTED));
        wanted.add(topic(topics.batches().name(), partitions, KEPT_FOR_A_QUARTER));
        wanted.add(topic(topics.batchResults().name(), partitions, WEEK));
        wanted.add(topic(topics.handovers().name(), partitions, HANDED_OVER));
        wanted.add(topic(topics.responses().name(), partitions, kept(kept)));
        wanted.add(topic(topics.idempotency().name(), partitions, CLAIMS));
        wanted.add(topic(topics.alerts().name(), partitions, FOREVER));
        wanted.add(topic(topics.webhookDeliveries().name(), 1, MONTH));
        wanted.add(topic(topics.deadLetters().name(), 1, WEEK));
        try (Admin admin = Admin.create(new HashMap<String, Object>(kafka))) {
            List<String> names = wanted.stream().map(NewTopic::name).toList();
            List<String> there = List.copyOf(admin.listTopics().names().get());
            wanted.removeIf(topic -> there.contains(topic.name()));
            create(admin, wanted);
            awaitTold(admin, names);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the topics cannot be made: " + e.getCause(), e);
        }
    }

    private static void create(Admin admin, List<NewTopic> topics) throws ExecutionException, InterruptedException {
        for (var made : admin.createTopics(topics).values().values()) {
            try {
                made.get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) { // else another role was quicker
                    throw e;
                }
            }
        }
    }

    /** The controller's word that a topic is made is ahead of the brokers': a consumer might still find no partition of it. */
    private static void awaitTold(Admin admin, List<String> names) throws ExecutionException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                awaitLed(admin, admin.describeTopics(names).allTopicNames().get().values());
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > end) {
                    throw e;
                }
            }
            Thread.sleep(POLL);
        }
    }

    /**
     * Asks the leader of every partition for an offset, which it has when it takes records. Were the first batch of a
     * producer refused because it does not yet, and the second one taken, then the first would be out of order for ever
     * (KAFKA-14359).
     */
    private static void awaitLed(Admin admin, Collection<TopicDescription> topics)
            throws ExecutionException, InterruptedException {
        var ends = new HashMap<TopicPartition, OffsetSpec>();
        topics.forEach(topic -> topic.partitions().forEach(
                partition -> ends.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest())));
        admin.listOffsets(ends).all().get();
    }

    /** In segments of a part of that time, since what is in the newest one is not forgotten. */
    private static Map<String, String> kept(Duration time) {
        return Map.of("retention.ms", ms(time), "segment.ms", ms(time.dividedBy(24).plusMinutes(1)),
                "max.message.bytes", "68157440");
    }

    private static NewTopic topic(String name, int partitions, Map<String, String> settings) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(settings);
    }

    private static String ms(Duration duration) {
        return Long.toString(duration.toMillis());
    }
}
