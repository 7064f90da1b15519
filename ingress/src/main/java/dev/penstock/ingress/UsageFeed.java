package dev.penstock.ingress;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.UsageEvent;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What metering publishes, as an ingress sees it: the spend of the last days in memory, and usage events as they come.
 * One thread of its own reads all partitions, without a group; the rest may be called from any thread.
 */
final class UsageFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageFeed.class);
    private static final int DAYS_KEPT = 3;

    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final ConcurrentSkipListMap<String, Spend> spend = new ConcurrentSkipListMap<>();
    private final Map<String, Set<Consumer<UsageEvent>>> listeners = new ConcurrentHashMap<>();
    private volatile boolean closing;

    static UsageFeed open(IngressConfig config) {
        var properties = new HashMap<String, Object>(config.kafka());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-ingress-usage");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // Nobody waits for a sum: woken up for many at a time.
        properties.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1 << 20);
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 250);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return new UsageFeed(config.topics(),
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }

    private UsageFeed(Topics topics, KafkaConsumer<byte[], byte[]> consumer) {
        this.topics = topics;
        this.consumer = consumer;
        this.thread = Thread.ofPlatform().name("penstock-usage-feed").daemon().start(this::run);
    }

    /** The totals of a tenant's day, one for each dimension; empty if nothing was spent or all was long ago. */
    Collection<Spend> spend(String tenant, LocalDate day) {
        String from = Topics.spendKey(tenant, day, "");
        return spend.subMap(from, from + Character.MAX_VALUE).values();
    }

    /** Calls the listener, on the feed's thread, with each usage event of a tenant from now on. It must not block. */
    void listen(String tenant, Consumer<UsageEvent> listener) {
        listeners.computeIfAbsent(tenant, _ -> ConcurrentHashMap.newKeySet()).add(listener);
    }

    /** Ends what {@link #listen} began. */
    void unlisten(String tenant, Consumer<UsageEvent> listener) {
        listeners.getOrDefault(tenant, Set.of()).remove(listener);
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (consumer) {
            List<TopicPartition> spendPartitions = partitions(topics.spend().name());
            List<TopicPartition> usagePartitions = partitions(topics.usage().name());
            consumer.assign(concat(spendPartitions, usagePartitions));
            consumer.seekToBeginning(spendPartitions);
            consumer.seekToEnd(usagePartitions);
            while (!closing) {
                poll();
            }
        } catch (WakeupException e) {
            if (!closing) {
                throw e;
            }
        }
    }

    private void poll() {
        try {
            for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofSeconds(1))) {
                take(message);
            }
        } catch (WakeupException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.warn("usage cannot be read, trying again", e);
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> message) {
        try {
            if (message.topic().equals(topics.usage().name())) {
                UsageEvent event = topics.usage().value(message.value());
                listeners.getOrDefault(event.getTenant(), Set.of()).forEach(listener -> listener.accept(event));
            } else {
                Spend total = topics.spend().value(message.value());
                spend.put(Topics.spendKey(total.getTenant(), total.getDay(), total.getDimension()), total);
                forgetOldDays(total.getDay());
            }
        } catch (UnreadableEventException e) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }

    private void forgetOldDays(LocalDate newest) {
        if (spend.size() % 1000 == 0) {
            spend.values().removeIf(total -> total.getDay().isBefore(newest.minusDays(DAYS_KEPT)));
        }
    }

    private List<TopicPartition> partitions(String topic) {
        return consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    }

    private static <T> List<T> concat(List<T> first, List<T> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
