package dev.penstock.schemas.owner;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of a group that owns partitions of a topic: it goes round and round over those that it has. All of it is on
 * one thread, which may block; an error of Kafka throws away what is in memory and begins again from the log.
 *
 * @param <P> what it makes of a partition, as long as it has it
 */
public final class Owner<P extends Owner.Owned> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Owner.class);
    private static final long RESTART_MS = 1_000;
    private static final long CLOSE_SECONDS = 10;

    private final Map<String, String> kafka;
    private final OwnerClients.Topics topics;
    private final Work<P> work;
    private final ScheduledExecutorService thread;
    private final Map<Integer, P> owned = new HashMap<>();
    private @Nullable OwnerClients clients;
    private volatile boolean closing;

    /** A partition that is owned. */
    public interface Owned {
        /** It is another's now, or is read again. */
        void close();
    }

    /** What is done with the partitions. Called on the owner's thread. */
    public interface Work<P> {
        /** All is read from the log, at the start and after an error. */
        default void begin() {}

        /** Takes a partition over, of which nothing has been read; called within a poll. */
        P own(int partition, OwnerClients clients);

        /** Goes once over the partitions, by number; returns how many ms the next round has time. */
        long round(OwnerClients clients, Map<Integer, P> owned);

        /** There will be no round any more. */
        default void end() {}
    }

    /**
     * One that begins with {@link #start}.
     *
     * @param kafka properties of Kafka's clients
     */
    public Owner(Map<String, String> kafka, OwnerClients.Topics topics, ScheduledExecutorService thread,
            Work<P> work) {
        this.kafka = kafka;
        this.topics = topics;
        this.thread = thread;
        this.work = work;
    }

    /** A thread for an owner, which ends with it. */
    public static ScheduledExecutorService thread(String name) {
        return Executors
                .newSingleThreadScheduledExecutor(task -> Thread.ofPlatform().name(name).daemon().unstarted(task));
    }

    /** Begins; returns at once. */
    public void start() {
        thread.execute(this::turn);
    }

    /** Leaves the group. Blocks. */
    @Override
    public void close() {
        closing = true;
        thread.execute(work::end);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
        owned.values().forEach(Owned::close);
        if (clients != null) {
            clients.close();
        }
    }

    /** One round over everything; the next one follows. */
    private void turn() {
        if (closing) {
            return;
        }
        long pause = RESTART_MS;
        try {
            if (clients == null) {
                work.begin();
                clients = new OwnerClients(kafka, topics, new Rebalances());
            }
            pause = work.round(clients, owned);
        } catch (KafkaException e) {
            LOG.warn("{} is begun again from the log: {}", topics.own(), e.toString());
            startOver();
        } catch (RuntimeException e) {
            LOG.error("the owner of {} failed and begins again from the log", topics.own(), e);
            startOver();
        }
        if (!closing) {
            thread.schedule(this::turn, pause, TimeUnit.MILLISECONDS);
        }
    }

    private void startOver() {
        owned.values().forEach(Owned::close);
        owned.clear();
        if (clients != null) {
            try {
                clients.close();
            } catch (KafkaException e) {
                LOG.debug("the clients of an owner that failed cannot be closed", e);
            }
            clients = null;
        }
    }

    /** Called within a poll, on the thread. */
    private final class Rebalances implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            OwnerClients current = Objects.requireNonNull(clients);
            assigned.forEach(one -> owned.put(one.partition(), work.own(one.partition(), current)));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            Set<Integer> lost = revoked.stream().map(TopicPartition::partition).collect(Collectors.toSet());
            lost.forEach(partition -> {
                P gone = owned.remove(partition);
                if (gone != null) {
                    gone.close();
                }
            });
            Objects.requireNonNull(clients).dropBeside(lost);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            onPartitionsRevoked(lost);
        }
    }
}
