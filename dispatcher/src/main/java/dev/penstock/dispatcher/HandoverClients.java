package dev.penstock.dispatcher;

import dev.penstock.schemas.Topics;
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
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The Kafka clients of a {@link HandoverRunner}, which die together: the group's member on {@code penstock.handovers}, the
 * reader of the batches that belong to it, and the producer of its transactions. Confined to one thread.
 */
final class HandoverClients implements AutoCloseable {
    private static final Duration TRANSACTION = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> lines;
    private final KafkaConsumer<byte[], byte[]> batches;
    /** Reads nothing; is asked for the ends of partitions, with what is not committed yet. */
    private final KafkaConsumer<byte[], byte[]> ends;
    private final KafkaProducer<byte[], byte[]> producer;

    HandoverClients(Map<String, String> kafka, Topics topics, ConsumerRebalanceListener listener) {
        this.topics = topics;
        var reading = new HashMap<String, Object>(kafka);
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-handover-ends");
        this.ends = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-handover-batches");
        this.batches = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-handovers");
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, topics.prefix() + ".handovers");
        reading.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        this.lines = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var writing = new HashMap<String, Object>(kafka);
        writing.put(ProducerConfig.CLIENT_ID_CONFIG, "penstock-handovers");
        // A name of its own each time: what fences one that lost its partitions is its generation in the group.
        writing.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.prefix() + ".handovers." + UUID.randomUUID());
        writing.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION.toMillis());
        writing.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        writing.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 64 << 20);
        this.producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            lines.subscribe(List.of(topics.handovers().name()), listener);
        } catch (KafkaException e) {
            close();
            throw e;
        }
    }

    ConsumerRecords<byte[], byte[]> pollLines(Duration most) {
        return lines.poll(most);
    }

    ConsumerRecords<byte[], byte[]> pollBatches() {
        return batches.assignment().isEmpty() ? ConsumerRecords.empty() : batches.poll(Duration.ZERO);
    }

    /** Reads a partition from its beginning. */
    void rewind(int partition) {
        lines.seekToBeginning(List.of(own(partition)));
    }

    /** Where a partition ends now, transactions included that are still open: its owner before may have died in one. */
    long end(int partition) {
        return ends.endOffsets(List.of(own(partition))).getOrDefault(own(partition), 0L);
    }

    long position(int partition) {
        return lines.position(own(partition));
    }

    /** Has a partition wait, or go on. */
    void pause(int partition, boolean waits) {
        if (waits) {
            lines.pause(List.of(own(partition)));
        } else {
            lines.resume(List.of(own(partition)));
        }
    }

    /** Reads of the batches those of a partition too, from its beginning. */
    void watchBatches(int partition) {
        var all = new ArrayList<>(batches.assignment());
        var one = new TopicPartition(topics.batches().name(), partition);
        if (!all.contains(one)) {
            all.add(one);
            batches.assign(all);
        }
        batches.seekToBeginning(List.of(one));
    }

    void forgetBatches(Set<Integer> partitions) {
        batches.assign(batches.assignment().stream().filter(one -> !partitions.contains(one.partition())).toList());
    }

    /** Writes all or none; throws where that is not known or another owns these partitions now. */
    void commit(List<ProducerRecord<byte[], byte[]>> messages, Set<Integer> partitions) {
        producer.beginTransaction();
        messages.forEach(producer::send);
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        partitions.forEach(partition -> offsets.put(own(partition), new OffsetAndMetadata(position(partition))));
        producer.sendOffsetsToTransaction(offsets, lines.groupMetadata());
        producer.commitTransaction();
    }

    private TopicPartition own(int partition) {
        return new TopicPartition(topics.handovers().name(), partition);
    }

    @Override
    public void close() {
        producer.close(CLOSE);
        lines.close(CloseOptions.timeout(CLOSE));
        batches.close(CloseOptions.timeout(CLOSE));
        ends.close(CloseOptions.timeout(CLOSE));
    }
}
