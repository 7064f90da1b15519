package dev.penstock.dispatcher.intake;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's stand-in for a consumer with what it lacks: offsets that outlast an assignment, commits that fail or get no
 * answer, look-ups that time out.
 */
final class Broker extends MockConsumer<byte[], byte[]> {
    /** What is committed, also of partitions that are no longer assigned. Safe to read from any thread. */
    final Map<TopicPartition, OffsetAndMetadata> offsets = new ConcurrentHashMap<>();
    @Nullable
    RuntimeException commitFailure;
    boolean asyncCommitsGetLost;
    int lookupsToFail;

    Broker(String topic, int partitions) {
        super("earliest");
        updatePartitions(topic, IntStream.range(0, partitions)
                .mapToObj(p -> new PartitionInfo(topic, p, Node.noNode(), new Node[0], new Node[0])).toList());
        for (int p = 0; p < partitions; p++) {
            updateBeginningOffsets(Map.of(new TopicPartition(topic, p), 0L));
            updateEndOffsets(Map.of(new TopicPartition(topic, p), 0L));
        }
    }

    @Override
    public synchronized void commitAsync(Map<TopicPartition, OffsetAndMetadata> some, OffsetCommitCallback callback) {
        if (asyncCommitsGetLost) {
            return;
        }
        if (commitFailure == null) {
            offsets.putAll(some);
        }
        callback.onComplete(some, commitFailure);
    }

    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> some, Duration timeout) {
        if (commitFailure != null) {
            throw commitFailure;
        }
        offsets.putAll(some);
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> some, Duration timeout) {
        if (lookupsToFail-- > 0) {
            throw new TimeoutException("for a while");
        }
        var known = new HashMap<>(offsets);
        known.keySet().retainAll(some);
        return known;
    }

    /** A rebalance; the position of what is newly assigned is what was committed. */
    void assign(List<TopicPartition> partitions) {
        var before = Set.copyOf(assignment());
        rebalance(partitions);
        offsets.forEach((partition, committed) -> {
            if (partitions.contains(partition) && !before.contains(partition)) {
                seek(partition, committed.offset());
            }
        });
    }
}
