package dev.penstock.metering;

import dev.penstock.schemas.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what a topic holds, as a {@code read_committed} reader sees it. Confined to one thread. */
public final class Replay implements AutoCloseable {
    /** A record with where it stands. */
    record Message<V>(long offset, V value) {}

    private final KafkaConsumer<byte[], byte[]> committed;
    private final KafkaConsumer<byte[], byte[]> written;

    Replay(Map<String, String> kafka) {
        committed = consumer(kafka, "read_committed");
        written = consumer(kafka, "read_uncommitted");
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Map<String, String> kafka, String isolation) {
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** All that a topic holds now, partition by partition. Blocks until it is read. */
    public static <V> List<V> all(MeteringConfig config, Topic<?, V> topic) {
        var all = new ArrayList<V>();
        try (var log = new Replay(config.kafka())) {
            for (int partition = 0; partition < log.partitions(topic); partition++) {
                log.read(topic, partition, 0, log.end(topic, partition), message -> all.add(message.value()));
            }
        }
        return all;
    }

    int partitions(Topic<?, ?> topic) {
        return committed.partitionsFor(topic.name()).size();
    }

    /** Where the next record will be written, open transactions counted in. */
    long end(Topic<?, ?> topic, int partition) {
        var at = new TopicPartition(topic.name(), partition);
        return written.endOffsets(List.of(at)).getOrDefault(at, 0L);
    }

    /**
     * Hands over the records from one offset up to another. Waits for the transactions that are open before the latter,
     * so whatever had been written there when it was asked for is seen if it is ever committed.
     */
    <V> void read(Topic<?, V> topic, int partition, long from, long to, Consumer<Message<V>> taker) {
        var at = new TopicPartition(topic.name(), partition);
        committed.assign(List.of(at));
        committed.seek(at, from);
        while (committed.position(at) < to) {
            for (ConsumerRecord<byte[], byte[]> message : committed.poll(Duration.ofSeconds(1))) {
                if (message.offset() < to) {
                    taker.accept(new Message<>(message.offset(), topic.value(message.value())));
                }
            }
        }
    }

    @Override
    public void close() {
        committed.close();
        written.close();
    }
}
