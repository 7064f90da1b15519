package dev.penstock.ingress.batch;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import dev.penstock.schemas.event.BatchResult;
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
import java.util.function.Function;
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
 * One member of the group that runs batches: it owns some partitions of {@code penstock.batches}, and runs the jobs in
 * them. All of it is on one thread, which may block; an error of Kafka throws away what is in memory and begins again
 * from the log.
 */
public final class BatchRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);
    private static final long RESTART_MS = 1_000;
    private static final Duration BUSY = Duration.ofMillis(5);
    private static final long IDLE_MS = 100;
    /** For partitions of its own, before it holds that others have them all. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** From one transaction to the next: each costs the broker a record on every partition that it touches. */
    private static final long PACE_MS = 50;

    private final RunnerConfig config;
    private final Topic<String, SpecificRecord> jobs;
    private final Topic<String, BatchResult> results;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().name("penstock-batches").daemon().unstarted(task));
    private final LineAdmission admission;
    private final Map<Integer, OwnedPartition> owned = new HashMap<>();
    private final Standings standings = new Standings();
    private @Nullable RunnerClients clients;
    private Instant startedAt = Instant.EPOCH;
    private volatile boolean closing;

    /** Starts a runner; {@code admission} is made for the thread that it is given, and called on no other. */
    public static BatchRunner start(RunnerConfig config,
            Function<ScheduledExecutorService, LineAdmission> admission) {
        var runner = new BatchRunner(config, admission);
        runner.thread.execute(runner::turn);
        return runner;
    }

    private BatchRunner(RunnerConfig config, Function<ScheduledExecutorService, LineAdmission> admission) {
        this.config = config;
        this.jobs = config.topics().batches();
        this.results = config.topics().batchResults();
        this.admission = admission.apply(thread);
    }

    /** How a line stands, for those that are about to pay for it. Any thread. */
    public Standing.State standing(String requestId) {
        return standings.of(requestId);
    }

    /** Leaves the group; lines that are in flight go on, and are counted by whoever owns their job then. */
    @Override
    public void close() {
        closing = true;
        thread.execute(admission::close);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
        if (clients != null) {
            clients.close();
        }
    }

    /** One round over everything; the next one follows soon. */
    private void turn() {
        if (closing) {
            return;
        }
        long pause = 0;
        try {
            if (clients == null) {
                standings.reading();
                startedAt = Instant.now();
                clients = new RunnerClients(config.kafka(), config.topics(), new Rebalances());
            }
            pause = run(clients);
        } catch (KafkaException e) {
            LOG.warn("batches are begun again from the log: {}", e.toString());
            startOver();
            pause = RESTART_MS;
        } catch (RuntimeException e) {
            LOG.error("a batch's runner failed and begins again from the log", e);
            startOver();
            pause = RESTART_MS;
        }
        if (!closing) {
            thread.schedule(this::turn, pause, TimeUnit.MILLISECONDS);
        }
    }

    /** Returns how many ms the next round has time. */
    private long run(RunnerClients kafka) {
        kafka.pollJobs().forEach(this::takeJob);
        kafka.pollResults(owned.values().stream().anyMatch(OwnedPartition::isBusy) ? BUSY : Duration.ZERO)
                .forEach(this::takeResult);
        var step = new Step();
        for (OwnedPartition partition : owned.values()) {
            partition.run(step);
        }
        tellStandings();
        boolean writes = !step.messages().isEmpty();
        if (writes) {
            kafka.commit(step.messages(), step.partitions());
        }
        step.committed();
        return writes ? PACE_MS : owned.values().stream().anyMatch(OwnedPartition::isBusy) ? 0 : IDLE_MS;
    }

    /** After a start, with no partition of its own for a while it has none: others run the jobs. */
    private void tellStandings() {
        if (standings.isReading() && owned.values().stream().allMatch(OwnedPartition::isRunning)
                && (!owned.isEmpty() || Instant.now().isAfter(startedAt.plus(PATIENCE)))) {
            standings.known(owned.values().stream().flatMap(partition -> partition.jobs().stream()).toList());
        }
    }

    private void takeJob(ConsumerRecord<byte[], byte[]> message) {
        OwnedPartition partition = owned.get(message.partition());
        if (partition == null || message.value() == null) {
            return;
        }
        try {
            switch (jobs.value(message.value())) {
                case Batch batch -> partition.take(batch);
                case BatchCancel cancel -> partition.cancel(cancel.getBatchId());
                default -> skip(message);
            }
        } catch (UnreadableEventException _) {
            skip(message);
        }
    }

    private void takeResult(ConsumerRecord<byte[], byte[]> message) {
        OwnedPartition partition = owned.get(message.partition());
        try {
            if (partition != null) {
                BatchResult result = results.value(message.value());
                if (partition.count(result)) {
                    admission.settle(result.getRequestId(), result.getHoldUsed());
                }
            }
        } catch (UnreadableEventException _) {
            skip(message);
        }
    }

    private static void skip(ConsumerRecord<byte[], byte[]> message) {
        LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
    }

    private void startOver() {
        owned.values().forEach(OwnedPartition::close);
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
            RunnerClients kafka = Objects.requireNonNull(clients);
            standings.reading();
            for (TopicPartition one : assigned) {
                owned.put(one.partition(),
                        new OwnedPartition(one.partition(), config, kafka, admission, thread, standings));
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            Set<Integer> lost = revoked.stream().map(TopicPartition::partition).collect(Collectors.toSet());
            lost.forEach(partition -> {
                OwnedPartition gone = owned.remove(partition);
                if (gone != null) {
                    gone.close();
                }
            });
            Objects.requireNonNull(clients).dropResults(lost);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> lost) {
            onPartitionsRevoked(lost);
        }
    }
}
