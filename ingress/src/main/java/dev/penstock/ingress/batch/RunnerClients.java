package dev.penstock.ingress.batch;

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
 * The Kafka clients of a runner, which die together: the group's member on {@code penstock.batches}, the reader of the
 * results that belong to it, and the producer of its transactions. Confined to one thread.
 */
final class RunnerClients implements AutoCloseable {
    private static final Duration TRANSACTION = Duration.ofSeconds(10);
    private static final Duration CLOSE = Duration.ofSeconds(2);
    /** Results come together, those of so many ms: a fetch for each would cost more than they do. */
    private static final int RESULTS_WAIT_MS = 50;

    private final Topics topics;
    private final KafkaConsumer<byte[], byte[]> jobs;
    private final KafkaConsumer<byte[], byte[]> results;
    /** Reads nothing; is asked for the ends of partitions, with what is not committed yet. */
    private final KafkaConsumer<byte[], byte[]> ends;
    private final KafkaProducer<byte[], byte[]> producer;

    RunnerClients(Map<String, String> kafka, Topics topics, ConsumerRebalanceListener listener) {
        this.topics = topics;
        var reading = new HashMap<String, Object>(kafka);
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-batch-ends");
        this.ends = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        reading.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        reading.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        var gathering = new HashMap<>(reading);
        gathering.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-batch-results");
        gathering.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1 << 20);
        gathering.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, RESULTS_WAIT_MS);
        this.results = new KafkaConsumer<>(gathering, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        reading.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-batches");
        reading.put(ConsumerConfig.GROUP_ID_CONFIG, topics.prefix() + ".batches");
        reading.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        this.jobs = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var writing = new HashMap<String, Object>(kafka);
        writing.put(ProducerConfig.CLIENT_ID_CONFIG, "penstock-batches");
        // A name of its own each time: what fences one that lost its partitions is its generation in the group.
        writing.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.prefix() + ".batches." + UUID.randomUUID());
        writing.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION.toMillis());
        writing.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        writing.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 64 << 20);
        this.producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
            jobs.subscribe(List.of(topics.batches().name()), listener);
        } catch (KafkaException e) {
            close();
            throw e;
        }
    }

    ConsumerRecords<byte[], byte[]> pollJobs() {
        return jobs.poll(Duration.ZERO);
    }

    ConsumerRecords<byte[], byte[]> pollResults(Duration most) {
        return results.assignment().isEmpty() ? ConsumerRecords.empty() : results.poll(most);
    }

    /** How many partitions a topic has. */
    int partitions(String topic) {
        return producer.partitionsFor(topic).size();
    }

    /**
     * Reads a partition of the jobs from its beginning; returns where it ends now, transactions that are still open
     * included: who ran these jobs before may have died, or a broker with it, when one was as good as committed, and its
     * lines are fed again unless that is waited for.
     */
    long rewindJobs(int partition) {
        var own = new TopicPartition(topics.batches().name(), partition);
        jobs.seekToBeginning(List.of(own));
        return ends.endOffsets(List.of(own)).getOrDefault(own, 0L);
    }

    long jobsPosition(int partition) {
        return jobs.position(new TopicPartition(topics.batches().name(), partition));
    }

    /** Reads a partition of the results from an offset on; returns where it ends now. */
    long readResults(int partition, long from) {
        TopicPartition own = results(partition);
        var all = new ArrayList<>(results.assignment());
        if (!all.contains(own)) {
            all.add(own);
            results.assign(all);
        }
        long end = results.endOffsets(List.of(own)).getOrDefault(own, 0L);
        results.seek(own, Math.min(from, end));
        return end;
    }

    long resultsPosition(int partition) {
        return results.position(results(partition));
    }

    void dropResults(Set<Integer> partitions) {
        results.assign(results.assignment().stream().filter(one -> !partitions.contains(one.partition())).toList());
    }

    /** Writes all or none; throws where that is not known or another owns these partitions now. */
    void commit(List<ProducerRecord<byte[], byte[]>> messages, Set<Integer> partitions) {
        producer.beginTransaction();
        messages.forEach(producer::send);
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        partitions.forEach(partition -> offsets.put(new TopicPartition(topics.batches().name(), partition),
                new OffsetAndMetadata(jobsPosition(partition))));
        producer.sendOffsetsToTransaction(offsets, jobs.groupMetadata());
        producer.commitTransaction();
    }

    @Override
    public void close() {
        producer.close(CLOSE);
        jobs.close(CloseOptions.timeout(CLOSE));
        results.close(CloseOptions.timeout(CLOSE));
        ends.close(CloseOptions.timeout(CLOSE));
    }

    private TopicPartition results(int partition) {
        return new TopicPartition(topics.batchResults().name(), partition);
    }
}
