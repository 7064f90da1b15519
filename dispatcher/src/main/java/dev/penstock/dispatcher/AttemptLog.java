package dev.penstock.dispatcher;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.Idempotency;
import dev.penstock.schemas.event.IdempotencyClaim;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what answers for a request: attempts, dead letters, and the request itself for another queue. It never gives up, since a record that was taken must
 * not count as answered before they are acknowledged; and it never blocks its caller. Safe for several threads.
 */
final class AttemptLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AttemptLog.class);
    private static final long RETRY_MS = 100;
    /** What has not been delivered by then is sent again, for as long as it takes. */
    private static final Duration DELIVERY = Duration.ofSeconds(20);
    private static final Duration UNHURRIED = Duration.ofMillis(50);

    private final Vertx vertx;
    private final Topics topics;
    private final Producer<byte[], byte[]> producer;
    /** Of what no caller waits for: it goes together, that of some milliseconds. */
    private final Producer<byte[], byte[]> unhurried;

    AttemptLog(Vertx vertx, Topics topics, Map<String, String> kafka) {
        this.vertx = vertx;
        this.topics = topics;
        this.producer = producer(kafka, "attempts", Duration.ZERO);
        this.unhurried = producer(kafka, "unhurried", UNHURRIED);
    }

    private static Producer<byte[], byte[]> producer(Map<String, String> kafka, String name, Duration linger) {
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "penstock-dispatcher-" + name);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, linger.toMillis());
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0);
        properties.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(7).toMillis());
        // A batch that the broker holds to be out of order fails in the end, and only then is it numbered anew (KAFKA-14359).
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) DELIVERY.dividedBy(2).toMillis());
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY.toMillis());
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 64 << 20);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Writes that a call begins. Nobody waits for it. What money was held for goes at once: if this process is killed,
     * the ledger has to know of it.
     */
    void started(AttemptStarted event) {
        send(event.getHold() == null ? unhurried : producer, topics.attempts().record(event.getTenant(), event),
                vertx.getOrCreateContext(), null);
    }

    /** Completes, on the caller's context, when all in-sync replicas have the event. Never fails. */
    Future<Void> ended(AttemptEnded event) {
        return send(switch (event.getLane()) {
            case INTERACTIVE -> producer;
            case BATCH -> unhurried;
        }, topics.attempts(), event.getTenant(), event);
    }

    /** Completes, on the caller's context, when all in-sync replicas have the letter. Never fails. */
    Future<Void> deadLetter(String tenant, DeadLetter letter) {
        return send(topics.deadLetters(), tenant, letter);
    }

    /** Completes, on the caller's context, when all in-sync replicas have what came of a line of a batch. Never fails. */
    Future<Void> result(BatchResult result) {
        return send(unhurried, topics.batchResults(), result.getLine().getBatchId(), result);
    }

    /** Completes, on the caller's context, when all in-sync replicas have a part of an answer. Never fails. */
    Future<Void> response(ResponsePart part) {
        return send(topics.responses(), part.getRequestId(), part);
    }

    /** Says that the answer of a key's request is on the log. Completes, on the caller's context, when that is acknowledged. Never fails. */
    Future<Void> answered(Idempotency idempotency, String requestId) {
        return send(topics.idempotency(), idempotency.getKey(),
                claim(idempotency, requestId).setRequestId(requestId).setAnswered(true).build());
    }

    /** Frees the key of a request. Completes, on the caller's context, when that is acknowledged. Never fails. */
    Future<Void> freed(Idempotency idempotency, String requestId, ApiError why) {
        return send(topics.idempotency(), idempotency.getKey(),
                claim(idempotency, requestId).setError(why.told()).build());
    }

    private static IdempotencyClaim.Builder claim(Idempotency idempotency, String replaces) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        return IdempotencyClaim.newBuilder().setReplaces(replaces).setFingerprint(idempotency.getFingerprint())
                .setAt(now).setDeadline(now);
    }

    /**
     * Sends a request on. It keeps its partition's number as far as the topic has as many, so that a tenant stays within
     * the partitions that were chosen for it, and mostly on this worker. Completes, on the caller's context, when all
     * in-sync replicas have it. Never fails.
     */
    Future<Void> forward(Topic<String, RequestEnvelope> topic, int partition, RequestEnvelope envelope) {
        Promise<Void> acknowledged = Promise.promise();
        int partitions = partitions(topic.name());
        send(producer, partitions == 0
                ? topic.record(envelope.getTenant(), envelope)
                : topic.record(partition % partitions, envelope.getTenant(), envelope), vertx.getOrCreateContext(),
                acknowledged);
        return acknowledged.future();
    }

    /**
     * Leaves a line of a batch to those who hand lines over to providers' batch APIs, all lines of a batch to the same.
     * Completes, on the caller's context, when all in-sync replicas have it. Never fails.
     */
    Future<Void> handOver(RequestEnvelope envelope) {
        Promise<Void> acknowledged = Promise.promise();
        handOver(envelope, vertx.getOrCreateContext(), acknowledged);
        return acknowledged.future();
    }

    private void handOver(RequestEnvelope envelope, Context context, Promise<Void> acknowledged) {
        BatchLine line = Objects.requireNonNull(envelope.getBatch(), "only lines of batches are handed over");
        Topic<String, SpecificRecord> topic = topics.handovers();
        int partitions = partitions(topic.name());
        if (partitions == 0) {
            vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS)
                    .onSuccess(_ -> context.runOnContext(_ -> handOver(envelope, context, acknowledged)));
        } else {
            send(producer, topic.record(topic.partition(line.getBatchId(), partitions),
                    Topics.lineKey(line.getBatchId(), line.getNumber()), envelope), context, acknowledged);
        }
    }

    /** Has the producer learn of the topics that requests may be sent on to, lest the first one has to wait for it. */
    void learn(Iterable<String> names) {
        names.forEach(this::partitions);
    }

    /** 0 if they are not known yet; then the producer begins to ask. */
    private int partitions(String topic) {
        try {
            return producer.partitionsFor(topic).size();
        } catch (KafkaException _) {
            return 0;
        }
    }

    private <V> Future<Void> send(Topic<String, V> topic, String tenant, V event) {
        return send(producer, topic, tenant, event);
    }

    private <V> Future<Void> send(Producer<byte[], byte[]> to, Topic<String, V> topic, String tenant, V event) {
        Promise<Void> acknowledged = Promise.promise();
        send(to, topic.record(tenant, event), vertx.getOrCreateContext(), acknowledged);
        return acknowledged.future();
    }

    private void send(Producer<byte[], byte[]> to, ProducerRecord<byte[], byte[]> message, Context context,
            @Nullable Promise<Void> acknowledged) {
        try {
            to.send(message, (_, failure) -> {
                if (failure != null) {
                    retry(to, message, context, acknowledged, failure);
                } else if (acknowledged != null) {
                    context.runOnContext(_ -> acknowledged.complete());
                }
            });
        } catch (KafkaException e) {
            retry(to, message, context, acknowledged, e);
        }
    }

    private void retry(Producer<byte[], byte[]> to, ProducerRecord<byte[], byte[]> message, Context context,
            @Nullable Promise<Void> acknowledged, Exception cause) {
        LOG.debug("{} did not take a record, trying again: {}", message.topic(), cause.toString());
        vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS)
                .onSuccess(_ -> context.runOnContext(_ -> send(to, message, context, acknowledged)));
    }

    @Override
    public void close() {
        unhurried.close(Duration.ofSeconds(5));
        producer.close(Duration.ofSeconds(5));
    }
}
