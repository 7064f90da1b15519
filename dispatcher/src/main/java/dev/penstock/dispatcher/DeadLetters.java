package dev.penstock.dispatcher;

import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The requests that no answer came of, and their way back. Its methods block. */
public final class DeadLetters {
    private static final String REPLAYED = "replayed";

    private final Map<String, String> kafka;
    private final Topics topics;

    /** Those of an installation. */
    public DeadLetters(Map<String, String> kafka, Topics topics) {
        this.kafka = Map.copyOf(kafka);
        this.topics = topics;
    }

    /**
     * A dead letter that has not been replayed.
     *
     * @param position its partition and offset on the dead-letters' topic
     * @param tenant empty if it is not known
     * @param envelope null if it is no request
     */
    public record Letter(String position, String tenant, DeadLetter letter, @Nullable RequestEnvelope envelope) {}

    /** All that are there now and have not been replayed, the oldest of a partition first. */
    public List<Letter> list() {
        Topic<String, DeadLetter> topic = topics.deadLetters();
        var letters = new ArrayList<Letter>();
        var replayed = new HashSet<String>();
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.name()).stream()
                    .map(info -> new TopicPartition(topic.name(), info.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(200))) {
                    read(message, topic, letters, replayed);
                }
            }
        }
        letters.removeIf(letter -> replayed.contains(letter.position()));
        return letters;
    }

    /**
     * Appends requests once more to the queues of their first candidates. Nobody waits for those that were interactive:
     * their attempts are metered, and their answers go nowhere.
     *
     * @param which those to append; letters that are no requests are passed over
     * @param time how long each may take from now
     * @return how many were appended
     */
    public int replay(Predicate<Letter> which, Duration time) throws InterruptedException, ExecutionException {
        int count = 0;
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 64 << 20);
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (Letter letter : list()) {
                RequestEnvelope envelope = letter.envelope();
                if (envelope == null || envelope.getRoute().isEmpty() || !which.test(letter)) {
                    continue;
                }
                RequestEnvelope again = Hop.replayed(envelope, Instant.now().plus(time));
                // The marker comes second: a crash in between repeats a request, which is doubtful, rather than losing it.
                producer.send(topics.requests(again.getRoute().getFirst().getProvider(), Lane.BATCH)
                        .record(again.getTenant(), again)).get();
                producer.send(topics.deadLetters().record(letter.tenant(), marker(letter))).get();
                count++;
            }
        }
        return count;
    }

    private void read(ConsumerRecord<byte[], byte[]> message, Topic<String, DeadLetter> topic, List<Letter> letters,
            Set<String> replayed) {
        DeadLetter letter = topic.value(message.value());
        if (letter.getReason().equals(REPLAYED)) {
            replayed.add(letter.getPartition() + "-" + letter.getOffset());
        } else {
            letters.add(new Letter(message.partition() + "-" + message.offset(),
                    message.key() == null ? "" : topic.key(message.key()), letter, envelope(letter)));
        }
    }

    private @Nullable RequestEnvelope envelope(DeadLetter letter) {
        byte[] bytes = new byte[letter.getRecord().remaining()];
        letter.getRecord().duplicate().get(bytes);
        try {
            return topics.requests("any", Lane.BATCH).value(bytes);
        } catch (UnreadableEventException _) {
            return null;
        }
    }

    private DeadLetter marker(Letter letter) {
        String[] position = letter.position().split("-", 2);
        return DeadLetter.newBuilder().setReason(REPLAYED).setDetail("appended to its queue again").setAt(Instant.now())
                .setTopic(topics.deadLetters().name()).setPartition(Integer.parseInt(position[0]))
                .setOffset(Long.parseLong(position[1])).setRecord(ByteBuffer.allocate(0)).build();
    }
}
