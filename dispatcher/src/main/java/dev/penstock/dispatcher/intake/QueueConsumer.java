package dev.penstock.dispatcher.intake;

import dev.penstock.schemas.Topics;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Makes the consumer of the providers' queues. */
public final class QueueConsumer {
    /** Bounds what a partition can still bring after it should have been paused. */
    static final int MAX_POLL_RECORDS = 500;

    private QueueConsumer() {}

    /**
     * A consumer in the group of all dispatchers.
     *
     * @param kafka the installation's properties for its Kafka clients; what follows from how queues are worked on
     *     overrides them
     */
    public static Consumer<byte[], byte[]> open(Map<String, String> kafka, Topics topics) {
        return new KafkaConsumer<>(properties(kafka, topics), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static Map<String, Object> properties(Map<String, String> kafka, Topics topics) {
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, topics.prefix() + ".dispatchers");
        properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        // A worker's share of a provider covers both lanes, so both queues' partitions of a number go to one worker:
        // the range assignor promises that for topics of equally many partitions, the default one (uniform) does not.
        properties.put(ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG, "range");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // The lines of batches are fed in transactions; nothing else on the queues is.
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        return properties;
    }
}
