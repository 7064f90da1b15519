package dev.penstock.ingress.batch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What one round over all jobs is to write, in one transaction, and what follows when that is done. */
final class Step {
    private final List<ProducerRecord<byte[], byte[]>> messages = new ArrayList<>();
    private final Set<Integer> partitions = new HashSet<>();
    private final List<Runnable> followers = new ArrayList<>();

    /** @param partition of the batches, in whose name it is written */
    void add(int partition, ProducerRecord<byte[], byte[]> message) {
        partitions.add(partition);
        messages.add(message);
    }

    void then(Runnable follower) {
        followers.add(follower);
    }

    List<ProducerRecord<byte[], byte[]>> messages() {
        return messages;
    }

    Set<Integer> partitions() {
        return partitions;
    }

    /** The transaction has been committed, or there was nothing to commit. */
    void committed() {
        followers.forEach(Runnable::run);
    }
}
