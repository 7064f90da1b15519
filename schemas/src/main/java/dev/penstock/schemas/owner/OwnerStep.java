package dev.penstock.schemas.owner;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What a round is to write, in one transaction, and what follows when that is done. Confined to the owner's thread. */
public final class OwnerStep {
    private final List<ProducerRecord<byte[], byte[]>> messages = new ArrayList<>();
    private final Set<Integer> partitions = new HashSet<>();
    private final List<Runnable> followers = new ArrayList<>();

    /**
     * Has this written too.
     *
     * @param partition of the topic that is owned, in whose name it is written: only its owner may
     */
    public void add(int partition, ProducerRecord<byte[], byte[]> message) {
        partitions.add(partition);
        messages.add(message);
    }

    /** Runs this when all of it is written, or when there was nothing to write. */
    public void then(Runnable follower) {
        followers.add(follower);
    }

    List<ProducerRecord<byte[], byte[]>> messages() {
        return messages;
    }

    Set<Integer> partitions() {
        return partitions;
    }

    void committed() {
        followers.forEach(Runnable::run);
    }
}
