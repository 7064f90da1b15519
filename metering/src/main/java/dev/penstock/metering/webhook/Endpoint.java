package dev.penstock.metering.webhook;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.DeliveryOutcome;
import dev.penstock.schemas.event.WebhookDelivery;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers to one webhook, with a consumer group, a thread and an HTTP client of its own, so that it is in nobody's way.
 * An event is told at least once, and always with the same id: its offset is committed when it is delivered or given up.
 * Events that wait for another attempt do not hold up later ones, but no more than {@value #MOST_PENDING} are in memory;
 * the rest waits on the log. The order of events is not promised.
 */
final class Endpoint implements ConsumerRebalanceListener, AutoCloseable {
    static final int MOST_PENDING = 64;
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);
    private static final int MOST_IN_FLIGHT = 4;
    private static final Duration BUSY_POLL = Duration.ofMillis(50);
    private static final Duration IDLE_POLL = Duration.ofSeconds(1);

    private static final class Delivery {
        private final Progress progress;
        private final long offset;
        private final WebhookEvent event;
        private final byte[] payload;
        private int attempts;
        private Instant due;
        private Instant sent;

        Delivery(Progress progress, long offset, WebhookEvent event, Instant now) {
            this.progress = progress;
            this.offset = offset;
            this.event = event;
            this.payload = event.payload();
            this.due = now;
            this.sent = now;
        }
    }

    private record Answered(Delivery delivery, Post.Answer answer) {}

    private final Webhook webhook;
    private final Map<String, Function<byte[], @Nullable WebhookEvent>> readers;
    private final Backoff backoff;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final DeliveryLog log;
    private final Post post;
    private final Map<TopicPartition, Progress> progress = new HashMap<>();
    private final PriorityQueue<Delivery> waiting = new PriorityQueue<>(Comparator.comparing(one -> one.due));
    private final Queue<Answered> answers = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private int inFlight;
    private volatile boolean closing;

    Endpoint(Map<String, String> kafka, Topics topics, Webhook webhook, Backoff backoff) {
        this.webhook = webhook;
        this.readers = Sources.of(topics, webhook);
        this.backoff = backoff;
        String client = "penstock-webhook-" + webhook.name();
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, client);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, topics.prefix() + ".webhooks." + webhook.name());
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        // Not by_duration: on a partition that holds nothing so young, the client asks again after 30 s only.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_PENDING / 2);
        this.consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.log = new DeliveryLog(kafka, topics, client);
        this.post = new Post(webhook);
        this.thread = Thread.ofPlatform().name(client).daemon().start(this::run);
    }

    /** Ends the thread; what was not delivered is told by who comes next. */
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
        try (consumer; log; post) {
            consumer.subscribe(readers.keySet(), this);
            while (!closing) {
                step();
            }
            commitAtLast();
        } catch (KafkaException e) {
            LOG.warn("webhook {} ended without a commit: {}", webhook.name(), e.toString());
        }
    }

    private void step() {
        try {
            consumer.poll(patience()).forEach(this::take);
            for (Answered one = answers.poll(); one != null; one = answers.poll()) {
                inFlight--;
                answered(one.delivery(), one.answer());
            }
            send();
            if (inFlight + waiting.size() > MOST_PENDING / 2) {
                consumer.pause(consumer.assignment());
            } else {
                consumer.resume(consumer.paused());
            }
            commit();
        } catch (WakeupException _) {
            // closing
        } catch (KafkaException e) {
            LOG.warn("webhook {} cannot go on, trying again", webhook.name(), e);
            LockSupport.parkNanos(IDLE_POLL.toNanos());
        }
    }

    private Duration patience() {
        if (inFlight > 0) {
            return BUSY_POLL;
        }
        Duration untilDue = waiting.isEmpty() ? IDLE_POLL : Duration.between(Instant.now(), waiting.element().due);
        return untilDue.compareTo(BUSY_POLL) < 0 ? BUSY_POLL : untilDue.compareTo(IDLE_POLL) > 0 ? IDLE_POLL : untilDue;
    }

    private void take(ConsumerRecord<byte[], byte[]> message) {
        WebhookEvent event = read(message);
        Instant now = Instant.now();
        boolean wanted = event != null && webhook.wants(event) && backoff.isWorthTelling(event.createdAt(), now);
        Progress of = progress.computeIfAbsent(new TopicPartition(message.topic(), message.partition()),
                _ -> new Progress());
        of.took(message.offset(), wanted);
        if (event != null && wanted) {
            waiting.add(new Delivery(of, message.offset(), event, now));
        }
    }

    private @Nullable WebhookEvent read(ConsumerRecord<byte[], byte[]> message) {
        Function<byte[], @Nullable WebhookEvent> reader = readers.get(message.topic());
        byte[] value = message.value();
        try {
            return reader == null || value == null ? null : reader.apply(value);
        } catch (UnreadableEventException _) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
            return null;
        }
    }

    private void send() {
        Instant now = Instant.now();
        while (inFlight < MOST_IN_FLIGHT && !waiting.isEmpty() && !waiting.element().due.isAfter(now)) {
            Delivery delivery = waiting.remove();
            delivery.attempts++;
            delivery.sent = now;
            inFlight++;
            post.send(delivery.event.id(), delivery.payload, now)
                    .thenAccept(answer -> answers.add(new Answered(delivery, answer)));
        }
    }

    private void answered(Delivery delivery, Post.Answer answer) {
        Instant now = Instant.now();
        Instant next = answer.delivered() || answer.gone()
                ? null
                : backoff.next(delivery.event.createdAt(), delivery.attempts, now,
                        ThreadLocalRandom.current().nextDouble());
        DeliveryOutcome outcome = answer.delivered()
                ? DeliveryOutcome.DELIVERED
                : next == null ? DeliveryOutcome.GIVEN_UP : DeliveryOutcome.RETRYING;
        log.write(new WebhookDelivery(webhook.name(), delivery.event.id(), delivery.event.type(),
                delivery.event.tenant(), delivery.attempts, delivery.sent.truncatedTo(ChronoUnit.MILLIS),
                delivery.sent.until(now, ChronoUnit.MILLIS), answer.status(), answer.failure(), outcome, next));
        if (next == null) {
            delivery.progress.done(delivery.offset);
        } else if (progress.containsValue(delivery.progress)) { // else the partition is another's
            delivery.due = next;
            waiting.add(delivery);
        }
    }

    /** An attempt is in the delivery log before its event counts as told. */
    private void commit() {
        var news = new HashMap<TopicPartition, OffsetAndMetadata>();
        progress.forEach((partition, of) -> {
            if (of.isNews()) {
                news.put(partition, new OffsetAndMetadata(of.offset()));
            }
        });
        if (!news.isEmpty()) {
            log.flush();
            consumer.commitSync(news);
            news.keySet().forEach(partition -> {
                Progress of = progress.get(partition);
                if (of != null) {
                    of.committed();
                }
            });
        }
    }

    /** The call to wake up may have found nobody asleep, and then it is this that it interrupts. */
    private void commitAtLast() {
        try {
            commit();
        } catch (WakeupException _) {
            commit();
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> progress.put(partition, new Progress()));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        try {
            commit();
        } finally {
            onPartitionsLost(partitions);
        }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        partitions.forEach(progress::remove);
        waiting.removeIf(delivery -> !progress.containsValue(delivery.progress));
    }
}
