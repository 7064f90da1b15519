package dev.penstock.schemas.owner;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The Kafka clients of an {@link Owner}, which die together: the group's member on the topic that is owned, the reader of
 * another topic whose partitions of the same numbers belong to it, and the producer of its transactions. Confined to the
 * owner's thread; every method may throw a {@link KafkaException}.
 */
public final class OwnerClients implements AutoCloseable {
    private static final Duration TRANSACTION = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> own;
    private final KafkaConsumer<byte[], byte[]> beside;
    /** Reads nothing; is asked for the ends of partitions, with what is not committed yet. */
    private final KafkaConsumer<byte[], byte[]> ends;
    private final KafkaProducer<byte[], byte[]> producer;

    /**
     * Of which topics.
     *
     * @param own name of the one that is owned, and of the group; transactions are named after it
     * @param beside name of the one that is read beside it
     * @param reading more properties of the consumer that reads that
     */
    public record Topics(String own, String beside, Map<String, Object> reading) {
        public Topics {
            reading = Map.copyOf(reading);
        }
    }

    OwnerClients(Map<String, String> kafka, Topics topics, ConsumerRebalanceListener listener) {
        this.topics = topics;
        String client = topics.own().replace('.', '-');
        var reading = new HashMap<String, Object>(kafka);
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, client + "-ends");
        this.ends = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        var readingBeside = new HashMap<>(reading);
        readingBeside.put(ConsumerConfig.CLIENT_ID_CONFIG, client + "-beside");
        readingBeside.putAll(topics.reading());
        this.beside = new KafkaConsumer<>(readingBeside, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, client);
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, topics.own());
        reading.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        this.own = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var writing = new HashMap<String, Object>(kafka);
        writing.put(ProducerConfig.CLIENT_ID_CONFIG, client);
        // A name of its own each time: what fences one that lost its partitions is its generation in the group.
        writing.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.own() + "." + UUID.randomUUID());
        writing.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION.toMillis());
        writing.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        writing.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 64 << 20);
        this.producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            own.subscribe(List.of(topics.own()), listener);
        } catch (KafkaException e) {
            close();
            throw e;
        }
    }

    /** What comes of the partitions that are owned; they are gained and lost meanwhile. */
    public ConsumerRecords<byte[], byte[]> poll(Duration most) {
        return own.poll(most);
    }

    /**
     * Reads a partition that is owned from its beginning; returns where it ends now, transactions that are still open
     * included: who owned it before may have died, or a broker with it, when one was as good as committed.
     */
    public long rewind(int partition) {
        own.seekToBeginning(List.of(own(partition)));
        return ends.endOffsets(List.of(own(partition))).getOrDefault(own(partition), 0L);
    }

    /** How far a partition that is owned has been read. */
    public long position(int partition) {
        return own.position(own(partition));
    }

    /** Has a partition that is owned wait, or go on. */
    public void pause(int partition, boolean waits) {
        if (waits) {
            own.pause(List.of(own(partition)));
        } else {
            own.resume(List.of(own(partition)));
        }
    }

    /** What comes of the partitions that are read beside. */
    public ConsumerRecords<byte[], byte[]> pollBeside(Duration most) {
        return beside.assignment().isEmpty() ? ConsumerRecords.empty() : beside.poll(most);
    }

    /** Reads a partition beside, from its beginning. */
    public void readBeside(int partition) {
        beside.seekToBeginning(List.of(watched(partition)));
    }

    /** Reads a partition beside, from an offset on; returns where it ends now. */
    public long readBeside(int partition, long from) {
        TopicPartition watched = watched(partition);
        long end = beside.endOffsets(List.of(watched)).getOrDefault(watched, 0L);
        beside.seek(watched, Math.min(from, end));
        return end;
    }

    /** How far a partition has been read beside. */
    public long positionBeside(int partition) {
        return beside.position(beside(partition));
    }

    private TopicPartition watched(int partition) {
        var all = new ArrayList<>(beside.assignment());
        TopicPartition one = beside(partition);
        if (!all.contains(one)) {
            all.add(one);
            beside.assign(all);
        }
        return one;
    }

    void dropBeside(Set<Integer> partitions) {
        beside.assign(beside.assignment().stream().filter(one -> !partitions.contains(one.partition())).toList());
    }

    /** How many partitions a topic has. */
    public int partitions(String topic) {
        return producer.partitionsFor(topic).size();
    }

    /**
     * Writes all of a round or none, and lets follow what is to; returns whether there was something to write. Throws where
     * it is not known whether it was written, or another owns these partitions now.
     */
    public boolean commit(OwnerStep step) {
        boolean writes = !step.messages().isEmpty();
        if (writes) {
            producer.beginTransaction();
            step.messages().forEach(producer::send);
            var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
            step.partitions().forEach(
                    partition -> offsets.put(own(partition), new OffsetAndMetadata(position(partition))));
            producer.sendOffsetsToTransaction(offsets, own.groupMetadata());
            producer.commitTransaction();
        }
        step.committed();
        return writes;
    }

    private TopicPartition own(int partition) {
        return new TopicPartition(topics.own(), partition);
    }

    private TopicPartition beside(int partition) {
        return new TopicPartition(topics.beside(), partition);
    }

    @Override
    public void close() {
        producer.close(CLOSE);
        own.close(CloseOptions.timeout(CLOSE));
        beside.close(CloseOptions.timeout(CLOSE));
        ends.close(CloseOptions.timeout(CLOSE));
    }
}
