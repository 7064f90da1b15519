package dev.penstock.ingress;

import dev.penstock.ingress.admission.Spread;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Appends requests to the queues of their providers. Shared by all instances of an ingress; safe for several threads.
 *
 * <p>The producer never blocks its caller ({@code max.block.ms} is 0): the metadata of every queue is fetched at the
 * start and kept, and where its buffer is full an append fails at once, which the caller sees as 503.
 */
final class RequestLog implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Producer<byte[], byte[]> producer;
    private final Topic<String, ResponsePart> responses;
    private final Map<String, Queue> queues = new HashMap<>();
    private final int spread;

    private record Queue(Topic<String, RequestEnvelope> topic, int partitions) {}

    /** Blocks until Kafka has told of every queue; throws {@link TimeoutException} where it does not within a minute. */
    static RequestLog open(IngressConfig config) {
        var properties = new HashMap<String, Object>(config.kafka());
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, "penstock-ingress");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.dividedBy(2).toMillis());
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        properties.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Duration.ofDays(7).toMillis());
        // The envelope is the body and well under 16 KiB of everything else.
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, config.maxBodyBytes() + 16 * 1024);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(64L << 20, 2L * config.maxBodyBytes()));
        var log = new RequestLog(
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()),
                config.topics().responses(),
                config.spread());
        try {
            log.learn(config.topics(), config.catalog().providers().keySet());
            return log;
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    private RequestLog(Producer<byte[], byte[]> producer, Topic<String, ResponsePart> responses, int spread) {
        this.responses = responses;
        this.producer = producer;
        this.spread = spread;
    }

    private void learn(Topics topics, Iterable<String> providers) {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        partitions(responses.name(), end);
        for (String provider : providers) {
            Topic<String, RequestEnvelope> topic = topics.requests(provider, Lane.INTERACTIVE);
            queues.put(provider, new Queue(topic, partitions(topic.name(), end)));
        }
    }

    private int partitions(String topic, long end) {
        while (true) {
            try {
                return producer.partitionsFor(topic).size();
            } catch (TimeoutException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while waiting for Kafka", e);
        }
    }

    /**
     * Appends a request to the queue of the candidate that is to be called next. Nothing is said when all in-sync replicas have it:
     * the caller's event loop is busy enough, and the first frame tells the same.
     *
     * @param turn see {@link Spread}
     * @param onFailure called on the caller's context if they do not have it within 5 s, and then it is unknown whether
     *     they have it
     */
    void append(Vertx vertx, RequestEnvelope envelope, int turn, Consumer<Exception> onFailure) {
        send(vertx, envelope, turn, null, onFailure);
    }

    /** As {@link #append}; {@code onSuccess} is called on the caller's context when all in-sync replicas have it. */
    void append(Vertx vertx, RequestEnvelope envelope, int turn, Runnable onSuccess, Consumer<Exception> onFailure) {
        send(vertx, envelope, turn, onSuccess, onFailure);
    }

    /**
     * Appends a part of an answer that is kept. A head has the time that is in its id, by which it is found.
     *
     * @param onSuccess called on the caller's context when all in-sync replicas have it
     * @param onFailure as with {@link #append}
     */
    void keep(Vertx vertx, ResponsePart part, Runnable onSuccess, Consumer<Exception> onFailure) {
        Long time = part.getKind() == PartKind.HEAD ? RequestIds.time(part.getRequestId()) : null;
        ProducerRecord<byte[], byte[]> message = responses.record(part.getRequestId(), part);
        send(vertx, new ProducerRecord<>(message.topic(), null, time, message.key(), message.value()), onSuccess,
                onFailure);
    }

    private void send(Vertx vertx, RequestEnvelope envelope, int turn, @Nullable Runnable onSuccess,
            Consumer<Exception> onFailure) {
        Queue queue = queues.get(envelope.getRoute().get(envelope.getNext()).getProvider());
        if (queue == null) {
            onFailure.accept(new IllegalArgumentException("the route leads to a provider without a queue"));
            return;
        }
        int partition = Spread.partition(envelope.getTenant(), queue.partitions(), spread, turn);
        send(vertx, queue.topic().record(partition, envelope.getTenant(), envelope), onSuccess, onFailure);
    }

    private void send(Vertx vertx, ProducerRecord<byte[], byte[]> message, @Nullable Runnable onSuccess,
            Consumer<Exception> onFailure) {
        var context = vertx.getOrCreateContext();
        try {
            producer.send(message, (_, failure) -> {
                if (failure != null) {
                    context.runOnContext(_ -> onFailure.accept(failure));
                } else if (onSuccess != null) {
                    context.runOnContext(_ -> onSuccess.run());
                }
            });
        } catch (KafkaException e) {
            onFailure.accept(e);
        }
    }

    /** Waits up to 5 s for what is under way. */
    @Override
    public void close() {
        producer.close(PATIENCE);
    }
}
