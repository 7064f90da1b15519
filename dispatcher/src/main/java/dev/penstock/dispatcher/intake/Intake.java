package dev.penstock.dispatcher.intake;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes records off the queues and commits what is answered. One thread owns the consumer and never waits for an
 * answer; all public methods may be called from any thread and return at once.
 *
 * <p>Answers are entered before every poll and committed at most every {@link #COMMIT_INTERVAL}, which is also how long
 * a poll lasts at most, so that only what cannot wait as long, {@link #pause} and {@link #resume}, wakes the consumer.
 */
public final class Intake {
    /** Hears of partitions and records, on the intake's thread; it must not block. What it throws stops the intake. */
    public interface Listener {
        /** Partitions are this worker's from now on. Comes before their records. */
        void assigned(Set<Claim> claims, Map<String, Share> shares);

        /** Claims are gone: their records are another worker's, and answers to them are ignored from now on. */
        void revoked(Set<Claim> claims, Map<String, Share> shares);

        /** What a poll brought; never empty. Within a partition the records are in order. */
        void taken(List<Taken> records);
    }

    static final Duration COMMIT_INTERVAL = Duration.ofMillis(250);
    private static final Duration BUSY = Duration.ofSeconds(1);
    private static final Duration BUSY_WAIT = Duration.ofMillis(10);
    /** Of each call to the cluster that the thread waits for. */
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
    private static final Logger log = LoggerFactory.getLogger(Intake.class);

    private final Consumer<byte[], byte[]> consumer;
    private final Listener listener;
    private final LongSupplier nanoTime;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean polling = new AtomicBoolean();

    private final Holdings holdings;
    private final Commits commits;
    private final Set<TopicPartition> arrivals = new HashSet<>();
    private boolean closing;
    private long lastTaken;

    Intake(Consumer<byte[], byte[]> consumer, Listener listener, LongSupplier nanoTime) {
        this.consumer = consumer;
        this.listener = listener;
        this.nanoTime = nanoTime;
        this.holdings = new Holdings(consumer);
        this.commits = new Commits(consumer, holdings, nanoTime);
        this.lastTaken = nanoTime.getAsLong() - BUSY.toNanos();
    }

    /**
     * Starts the thread.
     *
     * @param consumer as {@link QueueConsumer} makes it; from now on the intake's, which closes it
     */
    public static Intake start(Consumer<byte[], byte[]> consumer, Collection<String> topics, Listener listener) {
        var intake = new Intake(consumer, listener, System::nanoTime);
        Thread.ofPlatform().name("penstock-intake").start(() -> intake.run(topics));
        return intake;
    }

    /** A record needs no more work, and all that answers for it is acknowledged. Ignored if the claim is gone. */
    public void answered(Claim claim, long offset) {
        inbox.add(() -> holdings.answered(claim, offset));
    }

    /** Takes no more from a partition; what is polled already still comes. Ignored if the claim is gone. */
    public void pause(Claim claim) {
        order(() -> holdings.hold(claim, true));
    }

    /** Ends a {@link #pause}. */
    public void resume(Claim claim) {
        order(() -> holdings.hold(claim, false));
    }

    /** Takes no more from any partition, but keeps them, so that open calls can still be answered before the close. */
    public void drain() {
        order(holdings::drain);
    }

    /**
     * Commits what is answered and leaves the group, in bounded time. Claims are reported as revoked.
     *
     * @return {@link #stopped}
     */
    public CompletionStage<Void> close() {
        order(() -> closing = true);
        return stopped();
    }

    /** Completes when the consumer is closed; exceptionally if something other than {@link #close} brought that about. */
    public CompletionStage<Void> stopped() {
        return stopped.minimalCompletionStage();
    }

    private void order(Runnable order) {
        inbox.add(order);
        if (polling.compareAndSet(true, false)) {
            consumer.wakeup();
        }
    }

    private void run(Collection<String> topics) {
        Throwable failure = null;
        try {
            subscribe(topics);
            while (!closing) {
                turn();
            }
            release(holdings.partitions());
        } catch (Throwable e) {
            failure = e;
        }
        try {
            consumer.close(CloseOptions.timeout(CALL_TIMEOUT));
        } catch (RuntimeException e) {
            log.warn("The consumer did not close cleanly", e);
        }
        if (failure == null) {
            stopped.complete(null);
        } else {
            stopped.completeExceptionally(failure);
        }
    }

    void subscribe(Collection<String> topics) {
        consumer.subscribe(topics, new Rebalances());
    }

    /** One round of the loop. */
    void turn() {
        try {
            drainInbox();
            if (!closing) {
                claimArrivals();
                commits.ifDue();
                holdings.regulate();
                var taken = holdings.take(poll());
                if (!taken.isEmpty()) {
                    lastTaken = nanoTime.getAsLong();
                    listener.taken(taken);
                }
            }
        } catch (RetriableException e) {
            log.warn("Kafka is in trouble, the intake goes on: {}", e.toString());
            LockSupport.parkNanos(COMMIT_INTERVAL.toNanos());
        }
    }

    private void drainInbox() {
        for (Runnable order = inbox.poll(); order != null; order = inbox.poll()) {
            order.run();
        }
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        polling.set(true);
        try {
            return consumer.poll(inbox.isEmpty() ? patience() : Duration.ZERO);
        } catch (WakeupException _) {
            return ConsumerRecords.empty();
        } finally {
            polling.set(false);
        }
    }

    /**
     * Short while records come: after a fetch without records Kafka's consumer asks for none until the next poll, though
     * they are there (KAFKA-20780, to be gone with 4.4).
     */
    private Duration patience() {
        return nanoTime.getAsLong() - lastTaken < BUSY.toNanos() ? BUSY_WAIT : COMMIT_INTERVAL;
    }

    /**
     * Reads what was committed of newly assigned partitions, which wait paused for it. Not in the rebalance callback: a
     * call that times out there would fail the rebalance, here it is repeated.
     */
    private void claimArrivals() {
        if (arrivals.isEmpty()) {
            return;
        }
        var partitions = Set.copyOf(arrivals);
        var committed = despiteWakeup(() -> consumer.committed(partitions, CALL_TIMEOUT));
        var ends = despiteWakeup(() -> consumer.endOffsets(partitions, CALL_TIMEOUT));
        var counts = new HashMap<String, Integer>();
        for (var partition : partitions) {
            counts.computeIfAbsent(partition.topic(),
                    topic -> despiteWakeup(() -> consumer.partitionsFor(topic, CALL_TIMEOUT)).size());
        }
        arrivals.removeAll(partitions);
        var claims = holdings.add(committed, ends, counts);
        listener.assigned(claims, holdings.shares());
    }

    private void release(Collection<TopicPartition> partitions) {
        drainInbox();
        commits.last(partitions);
        giveUp(partitions);
    }

    private void giveUp(Collection<TopicPartition> partitions) {
        arrivals.removeAll(Set.copyOf(partitions));
        var claims = holdings.remove(partitions);
        if (!claims.isEmpty()) {
            listener.revoked(claims, holdings.shares());
        }
    }

    /** A wake-up that comes too late for its poll hits the next call; all it announces is an order in the inbox. */
    static <T> T despiteWakeup(Supplier<T> call) {
        while (true) {
            try {
                return call.get();
            } catch (WakeupException _) {
                // Once more: a wake-up is spent by being thrown.
            }
        }
    }

    /** Called by the consumer within a poll or its close. */
    private final class Rebalances implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty()) {
                consumer.pause(partitions);
                arrivals.addAll(partitions);
                consumer.wakeup();
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            release(partitions);
        }

        /** They may be another's already, and its commits must not be undone. */
        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            giveUp(partitions);
        }
    }
}
