package dev.penstock.ingress;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.Spend;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
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
 * The sums of spend that metering has published, in memory. One thread of its own reads all partitions, without a
 * group; the rest may be called from any thread. Of more than {@value #MOST_SUMS} sums (some 50 MB) the oldest days are
 * forgotten here; the log keeps them.
 */
final class SpendTable implements AutoCloseable {
    static final int MOST_SUMS = 100_000;

    private static final Logger LOG = LoggerFactory.getLogger(SpendTable.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final ConcurrentSkipListMap<String, Spend> sums = new ConcurrentSkipListMap<>();
    private volatile LocalDate completeFrom = LocalDate.MIN;
    private volatile boolean closing;

    static SpendTable open(IngressConfig config) {
        var properties = new HashMap<String, Object>(config.kafka());
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-ingress-spend");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // Nobody waits for a sum: woken up for many at a time.
        properties.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1 << 20);
        properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 250);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return new SpendTable(config.topics(),
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }

    private SpendTable(Topics topics, KafkaConsumer<byte[], byte[]> consumer) {
        this.topics = topics;
        this.consumer = consumer;
        this.thread = Thread.ofPlatform().name("penstock-spend").daemon().start(this::run);
    }

    /** The sums of a tenant's days, the last day included. */
    Collection<Spend> spend(String tenant, LocalDate start, LocalDate end) {
        return sums.subMap(Topics.spendKey(tenant, start), Topics.spendKey(tenant, end.plusDays(1))).values();
    }

    /** The first day of which nothing has been forgotten. */
    LocalDate completeFrom() {
        return completeFrom;
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
            while (!closing) {
                read();
            }
        }
    }

    private void read() {
        try {
            if (consumer.assignment().isEmpty()) {
                List<TopicPartition> partitions = consumer.partitionsFor(topics.spend().name()).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
            }
            consumer.poll(Duration.ofSeconds(1)).forEach(this::take);
        } catch (WakeupException _) {
            // closing
        } catch (KafkaException e) {
            LOG.warn("spend cannot be read, trying again", e);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> message) {
        try {
            Spend sum = topics.spend().value(message.value());
            if (!sum.getDay().isBefore(completeFrom)) {
                sums.put(Topics.spendKey(sum), sum);
                forgetBeyond(MOST_SUMS);
            }
        } catch (UnreadableEventException e) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }

    private void forgetBeyond(int most) {
        while (sums.size() > most) {
            LocalDate oldest = sums.values().stream().map(Spend::getDay).min(LocalDate::compareTo).orElseThrow();
            completeFrom = oldest.plusDays(1);
            sums.values().removeIf(sum -> sum.getDay().equals(oldest));
        }
    }
}
