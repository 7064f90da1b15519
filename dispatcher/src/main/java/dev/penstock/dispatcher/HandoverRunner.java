package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.BatchClient;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the group that hands lines of batches over to their providers' own batch APIs: it owns some partitions of
 * {@code penstock.handovers}, and drives what is in them. All of it is on one thread, which may block, but for the
 * conversations with providers, each on a thread of its own; an error of Kafka throws away what is in memory and begins
 * again from the log.
 */
final class HandoverRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HandoverRunner.class);
    private static final long RESTART_MS = 1_000;
    private static final Duration POLL = Duration.ofMillis(50);

    private final DispatcherConfig config;
    private final Topic<String, SpecificRecord> batches;
    private final Map<String, BatchClient> providers = new HashMap<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().name("penstock-handovers").daemon().unstarted(task));
    private final Map<Integer, HandoverPartition> owned = new HashMap<>();
    private @Nullable HandoverClients clients;
    private volatile boolean closing;

    private HandoverRunner(DispatcherConfig config) {
        this.config = config;
        this.batches = config.topics().batches();
        for (Provider provider : config.catalog().providers().values()) {
            if (provider.kind().hasBatchApi()) { // what was handed over is collected, also where nothing more is to be
                providers.put(provider.name(), new BatchClient(provider, config.catalog()));
            }
        }
    }

    /** Starts a runner; null where no provider's batch API is to be used. */
    static @Nullable HandoverRunner start(DispatcherConfig config) {
        if (config.catalog().providers().values().stream().noneMatch(Provider::batchApi)) {
            return null;
        }
        var runner = new HandoverRunner(config);
        runner.thread.execute(runner::turn);
        return runner;
    }

    /** Leaves the group; what providers have goes on, and is collected by whoever owns it then. Blocks. */
    @Override
    public void close() {
        closing = true;
        thread.shutdown();
        try {
            if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
        owned.values().forEach(HandoverPartition::close);
        if (clients != null) {
            clients.close();
        }
    }

    /** One round over everything; the next one follows. */
    private void turn() {
        if (closing) {
            return;
        }
        long pause = 0;
        try {
            if (clients == null) {
                clients = new HandoverClients(config.kafka(), config.topics(), new Rebalances());
            }
            run(clients);
        } catch (KafkaException e) {
            LOG.warn("handovers are begun again from the log: {}", e.toString());
            startOver();
            pause = RESTART_MS;
        } catch (RuntimeException e) {
            LOG.error("the runner of handovers failed and begins again from the log", e);
            startOver();
            pause = RESTART_MS;
        }
        if (!closing) {
            thread.schedule(this::turn, pause, TimeUnit.MILLISECONDS);
        }
    }

    private void run(HandoverClients kafka) {
        boolean settles = owned.values().stream().anyMatch(HandoverPartition::isBusy);
        kafka.pollLines(settles ? Duration.ofMillis(1) : POLL).forEach(message -> {
            HandoverPartition partition = owned.get(message.partition());
            if (partition != null) {
                partition.take(message);
            }
        });
        kafka.pollBatches().forEach(this::takeBatch);
        var step = new HandoverStep();
        Instant now = Instant.now();
        owned.values().forEach(partition -> partition.run(step, now));
        if (!step.messages().isEmpty()) {
            kafka.commit(step.messages(), step.partitions());
        }
    }

    private void takeBatch(ConsumerRecord<byte[], byte[]> message) {
        HandoverPartition partition = owned.get(message.partition());
        if (partition == null || message.value() == null) {
            return;
        }
        try {
            switch (batches.value(message.value())) {
                case BatchCancel cancel -> partition.unwanted(cancel.getBatchId());
                case Batch batch -> {
                    boolean over = switch (batch.getStatus()) {
                        case VALIDATING, IN_PROGRESS -> false;
                        case FINALIZING, COMPLETED, FAILED, EXPIRED, CANCELLING, CANCELLED -> true;
                    };
                    if (over) {
                        partition.unwanted(batch.getBatchId());
                    }
                }
                default -> LOG.debug("a record of no kind that is known");
            }
        } catch (UnreadableEventException _) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }

    private void startOver() {
        owned.values().forEach(HandoverPartition::close);
        owned.clear();
        if (clients != null) {
            try {
                clients.close();
            } catch (KafkaException e) {
                LOG.debug("the clients of a runner that failed cannot be closed", e);
            }
            clients = null;
        }
    }

    /** Called within a poll, on the thread. */
    private final class Rebalances implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            HandoverClients kafka = Objects.requireNonNull(clients);
            assigned.forEach(one -> {
                owned.put(one.partition(), new HandoverPartition(one.partition(), config, kafka, providers, thread));
                kafka.watchBatches(one.partition());
            });
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            Set<Integer> lost = revoked.stream().map(TopicPartition::partition).collect(Collectors.toSet());
            lost.forEach(partition -> {
                HandoverPartition gone = owned.remove(partition);
                if (gone != null) {
                    gone.close();
                }
            });
            Objects.requireNonNull(clients).forgetBatches(lost);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            onPartitionsRevoked(lost);
        }
    }
}
