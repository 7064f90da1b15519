package dev.penstock.schemas.till;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.event.AccountCap;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process's line to the ledger: carries requests there and answers back, and knows every account's cap. One thread
 * of its own reads, without a group; the rest may be called from any thread and never blocks.
 */
public final class LedgerLine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerLine.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** What is told of the ledger, on the line's thread. */
    interface Listener {
        void onAllowance(Allowance allowance);

        void onCapChange(String account);
    }

    private final Topics topics;
    private final Producer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, Cap> set = new ConcurrentHashMap<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Thread thread;
    private volatile Map<String, Cap> configured;
    private volatile boolean closing;

    /**
     * Opens a line; returns when it hears the ledger and knows the caps that were set at run time.
     *
     * @param client what Kafka is to call this client
     * @param configured the caps of the settings, by account
     */
    public static LedgerLine open(Map<String, String> kafka, Topics topics, String client,
            Map<String, Cap> configured) {
        var line = new LedgerLine(kafka, topics, client, configured);
        try {
            if (!line.ready.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                line.close();
                throw new KafkaException("the topics of the ledger cannot be read");
            }
            return line;
        } catch (InterruptedException e) {
            line.close();
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while waiting for Kafka", e);
        }
    }

    private LedgerLine(Map<String, String> kafka, Topics topics, String client, Map<String, Cap> configured) {
        this.topics = topics;
        this.configured = Map.copyOf(configured);
        var writing = new HashMap<String, Object>(kafka);
        writing.put(ProducerConfig.CLIENT_ID_CONFIG, client);
        writing.put(ProducerConfig.ACKS_CONFIG, "all");
        writing.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        writing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0);
        writing.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(7).toMillis());
        this.producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
        var reading = new HashMap<String, Object>(kafka);
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, client);
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        this.consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.thread = Thread.ofPlatform().name(client).daemon().start(this::run);
    }

    /** The cap of an account; {@link Cap#NONE} if it has none. */
    public Cap cap(String account) {
        Cap atRunTime = set.get(account);
        return atRunTime == null ? configured.getOrDefault(account, Cap.NONE) : atRunTime;
    }

    /** Whether the account's cap was set at run time, so that the settings' one does not count. */
    public boolean isSet(String account) {
        return set.containsKey(account);
    }

    /** The settings have changed: these are their caps from now on. */
    public void configure(Map<String, Cap> caps) {
        Map<String, Cap> before = configured;
        configured = Map.copyOf(caps);
        Stream.concat(before.keySet().stream(), caps.keySet().stream()).distinct()
                .filter(account -> !Objects.equals(before.get(account), caps.get(account))).forEach(this::changed);
    }

    /** Sets an account's cap for the whole installation; completes when the log has it, fails if it cannot. */
    public CompletionStage<Void> setCap(AccountCap cap) {
        return append(topics.caps().record(cap.getAccount(), cap));
    }

    /** As {@link #setCap}, but has the account keep to the settings again. */
    public CompletionStage<Void> unsetCap(String account) {
        return append(topics.caps().tombstone(account));
    }

    private CompletionStage<Void> append(ProducerRecord<byte[], byte[]> message) {
        var appended = new CompletableFuture<Void>();
        try {
            producer.send(message, (_, failure) -> {
                if (failure == null) {
                    appended.complete(null);
                } else {
                    appended.completeExceptionally(failure);
                }
            });
        } catch (KafkaException e) {
            appended.completeExceptionally(e);
        }
        return appended;
    }

    /** Tells the ledger; what is lost is told again by the wallet in time. */
    void tell(AllowanceRequest request) {
        try {
            producer.send(topics.allowanceRequests().record(request.getTenant(), request));
        } catch (KafkaException e) {
            LOG.debug("the ledger cannot be told", e);
        }
    }

    void listen(Listener listener) {
        listeners.add(listener);
    }

    void unlisten(Listener listener) {
        listeners.remove(listener);
    }

    /** Waits up to 5 s for what is under way. */
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
    }

    private void read() {
        try {
            if (consumer.assignment().isEmpty()) {
                begin();
            }
            consumer.poll(Duration.ofSeconds(1)).forEach(this::take);
        } catch (WakeupException _) {
            // closing
        } catch (TimeoutException _) { // the producer, which never waits, does not know the topics yet
            LockSupport.parkNanos(PAUSE.toNanos());
        } catch (KafkaException e) {
            LOG.warn("the ledger cannot be heard, trying again", e);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void begin() {
        producer.partitionsFor(topics.allowanceRequests().name());
        producer.partitionsFor(topics.caps().name());
        List<TopicPartition> answers = partitions(topics.allowances().name());
        List<TopicPartition> set = partitions(topics.caps().name());
        consumer.assign(Stream.concat(answers.stream(), set.stream()).toList());
        consumer.seekToEnd(answers);
        answers.forEach(consumer::position);
        consumer.seekToBeginning(set);
        Map<TopicPartition, Long> ends = consumer.endOffsets(set);
        while (set.stream().anyMatch(one -> consumer.position(one) < ends.getOrDefault(one, 0L))) {
            consumer.poll(Duration.ofMillis(100)).forEach(this::take);
        }
        ready.countDown();
    }

    private List<TopicPartition> partitions(String topic) {
        return consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    }

    private void take(ConsumerRecord<byte[], byte[]> message) {
        try {
            if (message.topic().equals(topics.allowances().name())) {
                Allowance allowance = topics.allowances().value(message.value());
                listeners.forEach(listener -> listener.onAllowance(allowance));
            } else {
                takeCap(message);
            }
        } catch (UnreadableEventException e) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }

    /** A record without a value takes back what was set. */
    private void takeCap(ConsumerRecord<byte[], byte[]> message) {
        String account = topics.caps().key(message.key());
        if (message.value() == null) {
            set.remove(account);
        } else {
            set.put(account, Cap.of(topics.caps().value(message.value())));
        }
        changed(account);
    }

    private void changed(String account) {
        listeners.forEach(listener -> listener.onCapChange(account));
    }
}
