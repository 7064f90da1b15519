package dev.penstock.dispatcher.intake;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The partitions that this worker owns, with their ledgers. For the intake's thread only. */
final class Holdings {
    private final Consumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Holding> holdings = new HashMap<>();
    private final Map<String, Integer> partitionsOfTopics = new HashMap<>();
    private boolean draining;
    private int epoch;

    Holdings(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /**
     * Claims partitions, which the consumer has paused.
     *
     * @param committed what was committed last, null where nothing ever was
     * @param ends of the partitions now
     * @param counts how many partitions their topics have
     */
    Set<Claim> add(Map<TopicPartition, @Nullable OffsetAndMetadata> committed, Map<TopicPartition, Long> ends,
            Map<String, Integer> counts) {
        partitionsOfTopics.putAll(counts);
        epoch++;
        var claims = new HashSet<Claim>();
        ends.forEach((partition, end) -> {
            var last = committed.get(partition);
            var ledger = last == null ? new OffsetLedger() : OffsetLedger.resume(last.offset(), last.metadata());
            var holding = new Holding(new Claim(partition, epoch), ledger, end);
            holdings.put(partition, holding);
            claims.add(holding.claim);
        });
        return claims;
    }

    /** Gives partitions up; those that were never claimed are passed over. */
    Set<Claim> remove(Collection<TopicPartition> partitions) {
        return partitions.stream().map(holdings::remove).filter(Objects::nonNull).map(holding -> holding.claim)
                .collect(Collectors.toSet());
    }

    Set<TopicPartition> partitions() {
        return Set.copyOf(holdings.keySet());
    }

    /** What is owned of every topic of which something is or was owned. */
    Map<String, Share> shares() {
        var owned = holdings.keySet().stream().collect(Collectors.groupingBy(TopicPartition::topic,
                Collectors.mapping(TopicPartition::partition, Collectors.toSet())));
        var shares = new HashMap<String, Share>();
        partitionsOfTopics
                .forEach((topic, of) -> shares.put(topic, new Share(owned.getOrDefault(topic, Set.of()), of)));
        return shares;
    }

    /** Enters records into the ledgers and leaves out those that were answered before a restart. */
    List<Taken> take(ConsumerRecords<byte[], byte[]> records) {
        var taken = new ArrayList<Taken>(records.count());
        for (var partition : records.partitions()) {
            var holding = Objects.requireNonNull(holdings.get(partition), "records of an unclaimed partition");
            for (var record : records.records(partition)) {
                if (holding.ledger.take(record.offset())) {
                    taken.add(new Taken(holding.claim, record.offset() < holding.inheritedBelow, record));
                }
            }
        }
        return taken;
    }

    void answered(Claim claim, long offset) {
        var holding = of(claim);
        if (holding != null) {
            holding.ledger.answered(offset);
            holding.dirty = true;
        }
    }

    void hold(Claim claim, boolean held) {
        var holding = of(claim);
        if (holding != null) {
            holding.held = held;
        }
    }

    /** Takes nothing from any partition from now on. */
    void drain() {
        draining = true;
    }

    /** Pauses and resumes the consumer's partitions as they should be; to be called before each poll. */
    void regulate() {
        var toPause = new ArrayList<Holding>();
        var toResume = new ArrayList<Holding>();
        for (var holding : holdings.values()) {
            boolean pause = draining || holding.held || holding.ledger.full();
            if (pause != holding.paused) {
                (pause ? toPause : toResume).add(holding);
            }
        }
        if (!toPause.isEmpty()) {
            consumer.pause(partitions(toPause));
            toPause.forEach(holding -> holding.paused = true);
        }
        if (!toResume.isEmpty()) {
            consumer.resume(partitions(toResume));
            toResume.forEach(holding -> holding.paused = false);
        }
    }

    /** What there is to commit of some partitions; it counts as committed from now on. */
    Map<TopicPartition, OffsetAndMetadata> toCommit(Collection<TopicPartition> partitions) {
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        for (var partition : partitions) {
            var holding = holdings.get(partition);
            if (holding != null && holding.dirty) {
                offsets.put(partition, holding.toCommit());
                holding.dirty = false;
            }
        }
        return offsets;
    }

    /** Takes back that partitions were committed. */
    void notCommitted(Collection<TopicPartition> partitions) {
        for (var partition : partitions) {
            var holding = holdings.get(partition);
            if (holding != null && holding.ledger.committable().isPresent()) {
                holding.dirty = true;
            }
        }
    }

    private @Nullable Holding of(Claim claim) {
        var holding = holdings.get(claim.partition());
        return holding != null && holding.claim.equals(claim) ? holding : null;
    }

    private static List<TopicPartition> partitions(List<Holding> some) {
        return some.stream().map(holding -> holding.claim.partition()).toList();
    }
}
