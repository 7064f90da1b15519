package dev.penstock.ingress.batch;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.owner.Owner;
import dev.penstock.schemas.owner.OwnerClients;
import dev.penstock.schemas.owner.OwnerStep;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the group that runs batches: it owns some partitions of {@code penstock.batches}, and runs the jobs in
 * them. All of it is on the {@link Owner}'s thread, which may block.
 */
public final class BatchRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);
    private static final Duration BUSY = Duration.ofMillis(5);
    private static final long IDLE_MS = 100;
    /** Results come together, those of so many ms: a fetch for each would cost more than they do. */
    private static final int RESULTS_WAIT_MS = 50;
    /** For partitions of its own, before it holds that others have them all. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** From one transaction to the next: each costs the broker a record on every partition that it touches. */
    private static final long PACE_MS = 50;

    private final RunnerConfig config;
    private final Topic<String, SpecificRecord> jobs;
    private final Topic<String, BatchResult> results;
    private final ScheduledExecutorService thread = Owner.thread("penstock-batches");
    private final LineAdmission admission;
    private final Standings standings = new Standings();
    private final Owner<OwnedPartition> owner;
    private Instant startedAt = Instant.EPOCH;

    /** Starts a runner; {@code admission} is made for the thread that it is given, and called on no other. */
    public static BatchRunner start(RunnerConfig config,
            Function<ScheduledExecutorService, LineAdmission> admission) {
        var runner = new BatchRunner(config, admission);
        runner.owner.start();
        return runner;
    }

    private BatchRunner(RunnerConfig config, Function<ScheduledExecutorService, LineAdmission> admission) {
        this.config = config;
        this.jobs = config.topics().batches();
        this.results = config.topics().batchResults();
        this.admission = admission.apply(thread);
        this.owner = new Owner<>(config.kafka(), new OwnerClients.Topics(jobs.name(), results.name(),
                Map.of(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1 << 20,
                        ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, RESULTS_WAIT_MS)),
                thread, new Jobs());
    }

    /** How a line stands, for those that are about to pay for it. Any thread. */
    public Standing.State standing(String requestId) {
        return standings.of(requestId);
    }

    /** Leaves the group; lines that are in flight go on, and are counted by whoever owns their job then. */
    @Override
    public void close() {
        owner.close();
    }

    /** Called on the thread. */
    private final class Jobs implements Owner.Work<OwnedPartition> {
        @Override
        public void begin() {
            standings.reading();
            startedAt = Instant.now();
        }

        @Override
        public OwnedPartition own(int partition, OwnerClients kafka) {
            standings.reading();
            return new OwnedPartition(partition, config, kafka, admission, thread, standings);
        }

        @Override
        public long round(OwnerClients kafka, Map<Integer, OwnedPartition> owned) {
            kafka.poll(Duration.ZERO).forEach(message -> takeJob(owned.get(message.partition()), message));
            kafka.pollBeside(owned.values().stream().anyMatch(OwnedPartition::isBusy) ? BUSY : Duration.ZERO)
                    .forEach(message -> takeResult(owned.get(message.partition()), message));
            var step = new OwnerStep();
            for (OwnedPartition partition : owned.values()) {
                partition.run(step);
            }
            tellStandings(owned.values());
            return kafka.commit(step)
                    ? PACE_MS
                    : owned.values().stream().anyMatch(OwnedPartition::isBusy) ? 0 : IDLE_MS;
        }

        @Override
        public void end() {
            admission.close();
        }
    }

    /** After a start, with no partition of its own for a while it has none: others run the jobs. */
    private void tellStandings(Collection<OwnedPartition> owned) {
        if (standings.isReading() && owned.stream().allMatch(OwnedPartition::isRunning)
                && (!owned.isEmpty() || Instant.now().isAfter(startedAt.plus(PATIENCE)))) {
            standings.known(owned.stream().flatMap(partition -> partition.jobs().stream()).toList());
        }
    }

    private void takeJob(@Nullable OwnedPartition partition, ConsumerRecord<byte[], byte[]> message) {
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

    private void takeResult(@Nullable OwnedPartition partition, ConsumerRecord<byte[], byte[]> message) {
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
}
