package dev.penstock.ingress;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.event.AnswerPosition;
import dev.penstock.schemas.event.KeptAnswer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Answers on the log, read from where they are. One thread owns the clients; several that want the same answer at once
 * are given one reading of it. May be called from any thread.
 */
final class KeptAnswers implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Topic<String, KeptAnswer> topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Producer<byte[], byte[]> producer;
    private final ExecutorService thread = Executors
            .newSingleThreadExecutor(task -> Thread.ofPlatform().name("penstock-answers").daemon().unstarted(task));
    private final Map<AnswerPosition, CompletableFuture<KeptAnswer>> reading = new ConcurrentHashMap<>();

    KeptAnswers(Map<String, String> kafka, Topic<String, KeptAnswer> topic) {
        this.topic = topic;
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-ingress-answers");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        this.consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var writing = new HashMap<String, Object>(kafka);
        writing.put(ProducerConfig.CLIENT_ID_CONFIG, "penstock-ingress-answers");
        writing.put(ProducerConfig.ACKS_CONFIG, "all");
        writing.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        this.producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Writes an answer; completes, on any thread, with where it is. */
    CompletionStage<AnswerPosition> put(KeptAnswer answer) {
        var position = new CompletableFuture<AnswerPosition>();
        thread.execute(() -> { // which may wait for what Kafka knows of the topic
            try {
                producer.send(topic.record(answer.getRequestId(), answer), (at, failure) -> {
                    if (failure == null) {
                        position.complete(new AnswerPosition(at.partition(), at.offset()));
                    } else {
                        position.completeExceptionally(failure);
                    }
                });
            } catch (KafkaException e) {
                position.completeExceptionally(e);
            }
        });
        return position;
    }

    /** The answer at a position; completes on any thread, fails if it cannot be read within five seconds. */
    CompletionStage<KeptAnswer> at(AnswerPosition position) {
        var mine = new CompletableFuture<KeptAnswer>();
        CompletableFuture<KeptAnswer> others = reading.putIfAbsent(position, mine);
        if (others != null) {
            return others;
        }
        thread.execute(() -> {
            try {
                mine.complete(read(position));
            } catch (KafkaException e) {
                mine.completeExceptionally(e);
            } finally {
                reading.remove(position, mine);
            }
        });
        return mine;
    }

    private KeptAnswer read(AnswerPosition position) {
        var partition = new TopicPartition(topic.name(), position.getPartition());
        consumer.assign(List.of(partition));
        consumer.seek(partition, position.getOffset());
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            for (ConsumerRecord<byte[], byte[]> message : consumer.poll(PATIENCE)) {
                if (message.offset() == position.getOffset()) {
                    return topic.value(message.value());
                }
            }
        }
        throw new TimeoutException("an answer cannot be read");
    }

    @Override
    public void close() {
        thread.execute(consumer::close);
        thread.execute(() -> producer.close(PATIENCE));
        thread.close();
    }
}
