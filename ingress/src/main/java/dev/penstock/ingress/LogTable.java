package dev.penstock.ingress;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A topic in memory, of each key the record that counts. One thread of its own reads all partitions, without a group; the rest may be called from
 * any thread and never blocks. What another process has written is here some milliseconds later, or, for who cannot be
 * wrong about it, at the latest when {@link #upToDate} completes.
 */
final class LogTable<V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogTable.class);
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** Which record of a key counts. */
    interface Fold<V> {
        V of(@Nullable V current, V news);
    }

    /** Waits until each partition has been read so far; {@code ends} is null until Kafka was asked. */
    private static final class Waiter {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        @Nullable
        Map<TopicPartition, Long> ends;
    }

    private final Topic<String, V> topic;
    private final Fold<V> fold;
    private final Consumer<String> onRead;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Producer<byte[], byte[]> producer;
    private final Map<String, V> values = new ConcurrentHashMap<>();
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean closing;

    /** @param client what Kafka is to call this client */
    LogTable(Map<String, String> kafka, Topic<String, V> topic, String client) {
        this(kafka, topic, client, (_, news) -> news, _ -> {});
    }

    /**
     * One in which not simply the last record of a key counts.
     *
     * @param fold which of two counts: the one that counted until now, which may be null, or the next
     * @param onRead told the key of each record that has been read, on the table's thread
     */
    LogTable(Map<String, String> kafka, Topic<String, V> topic, String client, Fold<V> fold,
            Consumer<String> onRead) {
        this.topic = topic;
        this.fold = fold;
        this.onRead = onRead;
        var reading = new HashMap<String, Object>(kafka);
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, client);
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        this.consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var writing = new HashMap<String, Object>(kafka);
        writing.put(ProducerConfig.CLIENT_ID_CONFIG, client);
        writing.put(ProducerConfig.ACKS_CONFIG, "all");
        writing.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        writing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0);
        writing.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(7).toMillis());
        this.producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
        this.thread = Thread.ofPlatform().name(client).daemon().start(this::run);
    }

    /** The value of a key as far as the topic has been read, or null. */
    @Nullable
    V get(String key) {
        return values.get(key);
    }

    /** Drops from memory what nobody will ask for any more. */
    void forget(Predicate<V> unwanted) {
        values.values().removeIf(unwanted);
    }

    /** All keys as far as the topic has been read. */
    Stream<String> keys() {
        return values.keySet().stream();
    }

    /** All values as far as the topic has been read. */
    Stream<V> values() {
        return values.values().stream();
    }

    /** Completes, on any thread, when all that is in the topic now has been read; fails when the table is closed. */
    CompletionStage<Void> upToDate() {
        return read(null);
    }

    private CompletionStage<Void> read(@Nullable Map<TopicPartition, Long> ends) {
        var waiter = new Waiter();
        waiter.ends = ends;
        waiters.add(waiter);
        consumer.wakeup();
        return waiter.done;
    }

    /** Writes a value; completes, on any thread, when it is in the log and here. */
    CompletionStage<Void> put(String key, V value) {
        return send(topic.record(key, value));
    }

    /** As {@link #put}, into the partition of another key. */
    CompletionStage<Void> putBeside(String other, String key, V value) {
        int partitions = producer.partitionsFor(topic.name()).size();
        return send(topic.record(topic.partition(other, partitions), key, value));
    }

    /** Forgets a key; completes, on any thread, when the log has it so and it is gone here. */
    CompletionStage<Void> remove(String key) {
        return send(topic.tombstone(key));
    }

    private CompletionStage<Void> send(ProducerRecord<byte[], byte[]> message) {
        var sent = new CompletableFuture<Map<TopicPartition, Long>>();
        try {
            producer.send(message, (metadata, failure) -> {
                if (failure == null) {
                    sent.complete(Map.of(new TopicPartition(metadata.topic(), metadata.partition()),
                            metadata.offset() + 1));
                } else {
                    sent.completeExceptionally(failure);
                }
            });
        } catch (KafkaException e) {
            sent.completeExceptionally(e);
        }
        return sent.thenCompose(this::read);
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
        producer.close(Duration.ofSeconds(5));
    }

    private void run() {
        try (consumer) {
            while (!closing) {
                read();
            }
        }
        waiters.forEach(waiter -> waiter.done.completeExceptionally(new KafkaException("the table is closed")));
    }

    private void read() {
        try {
            if (consumer.assignment().isEmpty()) {
                producer.partitionsFor(topic.name()); // learnt now, since a producer that never waits cannot
                List<TopicPartition> partitions = consumer.partitionsFor(topic.name()).stream()
                        .map(info -> new TopicPartition(info.topic(), info.partition())).toList();
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
            }
            serve();
            consumer.poll(Duration.ofSeconds(1)).forEach(this::take);
        } catch (WakeupException _) {
            // somebody waits, or it is closing
        } catch (TimeoutException _) { // the producer does not know the topic yet
            LockSupport.parkNanos(PAUSE.toNanos());
        } catch (KafkaException e) {
            LOG.warn("{} cannot be read, trying again", topic.name(), e);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Asks once for all that have come meanwhile, and completes those that what was read suffices for. */
    private void serve() {
        @Nullable
        Map<TopicPartition, Long> ends = null;
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext();) {
            Waiter waiter = all.next();
            if (waiter.ends == null) {
                if (ends == null) {
                    ends = consumer.endOffsets(consumer.assignment());
                }
                waiter.ends = ends;
            }
            if (waiter.ends.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
                all.remove();
                waiter.done.complete(null);
            }
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> message) {
        String key = topic.key(message.key());
        try {
            if (message.value() == null) {
                values.remove(key);
            } else {
                V news = topic.value(message.value());
                values.compute(key, (_, current) -> fold.of(current, news));
            }
            onRead.accept(key);
        } catch (UnreadableEventException e) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }
}
