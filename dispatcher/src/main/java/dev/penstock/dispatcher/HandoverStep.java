package dev.penstock.dispatcher;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What a round of a {@link HandoverRunner} writes, all or none of it. Confined to its thread. */
final class HandoverStep {
    private final List<ProducerRecord<byte[], byte[]>> messages = new ArrayList<>();
    private final Set<Integer> partitions = new HashSet<>();

    /** @param partition of the handovers, whose owner alone may write this */
    void add(int partition, ProducerRecord<byte[], byte[]> message) {
        partitions.add(partition);
        messages.add(message);
    }

    List<ProducerRecord<byte[], byte[]>> messages() {
        return messages;
    }

    Set<Integer> partitions() {
        return partitions;
    }
}
