package dev.penstock.dispatcher.intake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the consumer. It polls, never waits for a call to a provider, and commits what is answered:
 * at most every {@value #COMMIT_MS} ms, when a partition is taken away, and at the end. Everything public may be
 * called from any thread.
 */
public final class Intake implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);
    private static final long COMMIT_MS = 100;
    private static final Duration IDLE_POLL = Duration.ofMillis(500);

    /** Hears of what is taken; called on the intake's thread, and must not block it. */
    public interface Listener {
        /** Records to be answered for, in the order of their offsets within a partition. */
        void onTaken(List<Taken> records);

        /** The partitions that are this worker's now have changed. */
        void onAssignment(Set<TopicPartition> owned);

        /** The intake has stopped for a reason other than {@link Intake#close}. */
        void onFailure(Exception cause);
    }

    private final Consumer<byte[], byte[]> consumer;
    private final Collection<String> topics;
    private final Listener listener;
    private final Thread thread = Thread.ofPlatform().name("penstock-intake").unstarted(this::run);
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean polling = new AtomicBoolean();
    private final Map<TopicPartition, Assignment> assignments = new HashMap<>();
    private int epochs;
    private long nextCommit;
    private boolean taking = true;
    private volatile boolean closing;

    /** @param consumer of the group of all workers, without automatic commits; closed by this intake */
    public Intake(Consumer<byte[], byte[]> consumer, Collection<String> topics, Listener listener) {
        this.consumer = consumer;
        this.topics = List.copyOf(topics);
        this.listener = listener;
    }

    /** Begins to take records. */
    public void start() {
        thread.start();
    }

    /** A record has been answered for; ignored if its partition has been lost since it was taken. */
    public void answered(Taken record) {
        order(() -> {
            Assignment assignment = assignments.get(record.partition());
            if (assignment != null && assignment.epoch == record.epoch()) {
                assignment.ledger.answered(record.offset());
                assignment.dirty = true;
            }
        }, false);
    }

    /** Takes nothing more from a partition until {@link #resume}. */
    public void pause(TopicPartition partition) {
        order(() -> hold(partition, true), true);
    }

    /** Goes on taking from a partition. */
    public void resume(TopicPartition partition) {
        order(() -> hold(partition, false), true);
    }

    /** Takes nothing more from any partition; answers are still committed. */
    public void stopTaking() {
        order(() -> {
            taking = false;
            assignments.keySet().forEach(partition -> hold(partition, true));
        }, true);
    }

    /** Commits, leaves the group, and returns when that is done or after ten seconds. */
    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            thread.join(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many partitions a topic has; only for a {@link Listener}, on this intake's thread. */
    public int partitions(String topic) {
        return consumer.partitionsFor(topic).size();
    }

    private void order(Runnable order, boolean atOnce) {
        orders.add(order);
        if (atOnce && polling.get()) {
            consumer.wakeup();
        }
    }

    private void run() {
        try (consumer) {
            consumer.subscribe(topics, new Rebalance());
            while (!closing) {
                turn();
            }
            carryOutOrders();
            commitNow();
        } catch (WakeupException e) {
            LOG.debug("woken up while closing");
        } catch (KafkaException e) {
            LOG.error("the intake has stopped", e);
            listener.onFailure(e);
        }
    }

    private void turn() {
        carryOutOrders();
        commitWhenDue();
        try {
            polling.set(true);
            boolean dirty = assignments.values().stream().anyMatch(assignment -> assignment.dirty);
            ConsumerRecords<byte[], byte[]> records = consumer
                    .poll(orders.isEmpty() ? dirty ? Duration.ofMillis(COMMIT_MS) : IDLE_POLL : Duration.ZERO);
            polling.set(false);
            if (!records.isEmpty()) {
                take(records);
            }
        } catch (WakeupException e) {
            LOG.trace("woken up");
        } catch (RetriableException e) {
            LOG.warn("Kafka is out of reach, trying again: {}", e.toString());
        } finally {
            polling.set(false);
        }
    }

    private void take(ConsumerRecords<byte[], byte[]> records) {
        var taken = new ArrayList<Taken>(records.count());
        for (ConsumerRecord<byte[], byte[]> message : records) {
            var partition = new TopicPartition(message.topic(), message.partition());
            Assignment assignment = assignments.get(partition);
            if (assignment == null || assignment.ledger.isAnswered(message.offset())) {
                continue;
            }
            assignment.ledger.took(message.offset());
            if (assignment.ledger.isFull()) {
                hold(partition, true);
                assignment.heldByLedger = true;
            }
            taken.add(new Taken(partition, message.offset(), assignment.epoch, message.key(), message.value(),
                    message.timestamp(), message.offset() < assignment.inheritedBelow));
        }
        if (!taken.isEmpty()) {
            listener.onTaken(taken);
        }
    }

    private void hold(TopicPartition partition, boolean hold) {
        if (!assignments.containsKey(partition)) {
            return;
        }
        if (hold) {
            consumer.pause(Set.of(partition));
        } else {
            consumer.resume(Set.of(partition));
        }
    }

    private void carryOutOrders() {
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            order.run();
        }
    }

    private void commitWhenDue() {
        long now = System.nanoTime();
        if (now - nextCommit < 0) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = takeDirty(assignments.keySet());
        if (!offsets.isEmpty()) {
            nextCommit = now + Duration.ofMillis(COMMIT_MS).toNanos();
            consumer.commitAsync(offsets, (_, failure) -> {
                if (failure != null) { // a later commit says all that this one would have said
                    offsets.keySet().forEach(partition -> markDirty(partition));
                    LOG.debug("a commit failed: {}", failure.toString());
                }
            });
        }
    }

    /** A wake-up is meant for a poll: another call that it hits is made again. */
    private static <T> T undisturbed(Supplier<T> call) {
        while (true) {
            try {
                return call.get();
            } catch (WakeupException e) {
                LOG.trace("woken up while not polling");
            }
        }
    }

    private void markDirty(TopicPartition partition) {
        Assignment assignment = assignments.get(partition);
        if (assignment != null) {
            assignment.dirty = true;
        }
    }

    private void commitNow() {
        commitSync(assignments.keySet());
    }

    private void commitSync(Collection<TopicPartition> partitions) {
        try {
            Map<TopicPartition, OffsetAndMetadata> offsets = takeDirty(partitions);
            if (!offsets.isEmpty()) {
                undisturbed(() -> {
                    consumer.commitSync(offsets, Duration.ofSeconds(5));
                    return offsets;
                });
            }
        } catch (KafkaException e) { // the records come again, and their ingress will say that nobody waits
            LOG.warn("the last commit failed: {}", e.toString());
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> takeDirty(Collection<TopicPartition> partitions) {
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        for (TopicPartition partition : partitions) {
            Assignment assignment = assignments.get(partition);
            if (assignment != null && assignment.dirty) {
                assignment.dirty = false;
                offsets.put(partition,
                        new OffsetAndMetadata(assignment.ledger.committable(), assignment.ledger.metadata()));
                if (assignment.heldByLedger && !assignment.ledger.isFull()) {
                    assignment.heldByLedger = false;
                    hold(partition, false);
                }
            }
        }
        return offsets;
    }

    /** A partition that is this worker's, from its assignment to its loss. */
    private static final class Assignment {
        final int epoch;
        final long inheritedBelow;
        final OffsetLedger ledger;
        boolean dirty;
        boolean heldByLedger;

        Assignment(int epoch, long inheritedBelow, OffsetLedger ledger) {
            this.epoch = epoch;
            this.inheritedBelow = inheritedBelow;
            this.ledger = ledger;
        }
    }

    private final class Rebalance implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(partitions));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(
                    partitions.stream().filter(partition -> committed.get(partition) == null)
                            .collect(Collectors.toSet()));
            for (TopicPartition partition : partitions) {
                OffsetAndMetadata last = committed.get(partition);
                OffsetLedger ledger = last == null
                        ? OffsetLedger.resume(beginnings.getOrDefault(partition, 0L), "")
                        : OffsetLedger.resume(last.offset(), last.metadata());
                assignments.put(partition, new Assignment(++epochs, ends.getOrDefault(partition, 0L), ledger));
            }
            if (!taking) {
                partitions.forEach(partition -> hold(partition, true));
            }
            listener.onAssignment(Set.copyOf(assignments.keySet()));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            carryOutOrders();
            commitSync(partitions);
            onPartitionsLost(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            partitions.forEach(assignments::remove);
            listener.onAssignment(Set.copyOf(assignments.keySet()));
        }
    }
}
