package dev.penstock.ingress.batch;

import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.owner.Owner;
import dev.penstock.schemas.owner.OwnerClients;
import dev.penstock.schemas.owner.OwnerStep;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition of the batches and the jobs in it that are not over. It is read from its beginning, then the results since
 * the oldest of these jobs; only then do they run. Confined to the runner's thread.
 */
final class OwnedPartition implements Owner.Owned {
    private static final Logger LOG = LoggerFactory.getLogger(OwnedPartition.class);
    private static final Duration LONG = Duration.ofMinutes(1);

    private enum Phase {
        NEW, READING_JOBS, READING_RESULTS, RUNNING
    }

    private final int number;
    private final RunnerConfig config;
    private final OwnerClients kafka;
    private final LineAdmission admission;
    private final Executor thread;
    private final Standings standings;
    private final Map<String, RunningJob> jobs = new HashMap<>();
    private final Set<String> cancelled = new HashSet<>();
    private Phase phase = Phase.NEW;
    private Instant warnAt = Instant.now().plus(LONG);
    private long end;

    OwnedPartition(int number, RunnerConfig config, OwnerClients kafka, LineAdmission admission, Executor thread,
            Standings standings) {
        this.number = number;
        this.config = config;
        this.kafka = kafka;
        this.admission = admission;
        this.thread = thread;
        this.standings = standings;
    }

    /** What a job was written as: somebody's new one, its last state when it is taken over, or what is written here. */
    void take(Batch batch) {
        if (phase == Phase.NEW) {
            return; // is read again
        }
        if (Job.isOver(batch.getStatus())) {
            jobs.remove(batch.getBatchId());
            standings.over(batch.getBatchId());
            cancelled.remove(batch.getBatchId());
        } else if (phase != Phase.RUNNING || !jobs.containsKey(batch.getBatchId())) {
            var job = new Job(batch);
            if (cancelled.contains(job.id())) {
                job.cancel();
            }
            jobs.put(job.id(), new RunningJob(job, number, config, kafka, admission, thread, standings));
        }
    }

    void cancel(String batchId) {
        if (phase == Phase.NEW) {
            return;
        }
        RunningJob running = jobs.get(batchId);
        if (running != null) {
            running.job().cancel();
        }
        if (phase != Phase.RUNNING) { // a later record makes the job anew
            cancelled.add(batchId);
        }
    }

    /** Counts what came of a line; false if it is not the first, or of no job that runs. */
    boolean count(BatchResult result) {
        RunningJob running = jobs.get(result.getLine().getBatchId());
        return running != null && running.count(result);
    }

    /** Whether all that was on the log has been read. */
    boolean isRunning() {
        return phase == Phase.RUNNING;
    }

    /** The jobs that are not over. */
    Set<String> jobs() {
        return jobs.keySet();
    }

    boolean isBusy() {
        return phase != Phase.RUNNING || !jobs.isEmpty();
    }

    void run(OwnerStep step) {
        warnIfStuck(Instant.now());
        switch (phase) {
            case NEW -> {
                end = kafka.rewind(number);
                phase = Phase.READING_JOBS;
            }
            case READING_JOBS -> {
                if (kafka.position(number) >= end) {
                    long from = jobs.values().stream().map(running -> running.job().batch())
                            .filter(batch -> batch.getInProgressAt() != null).mapToLong(Batch::getFirstResult).min()
                            .orElse(Long.MAX_VALUE);
                    end = kafka.readBeside(number, from);
                    phase = Phase.READING_RESULTS;
                }
            }
            case READING_RESULTS -> {
                if (kafka.positionBeside(number) >= end) {
                    cancelled.clear();
                    phase = Phase.RUNNING;
                }
            }
            case RUNNING -> {
                Instant now = Instant.now();
                jobs.values().forEach(job -> job.run(step, now));
            }
        }
    }

    /** A transaction that Kafka has lost the end of keeps its readers waiting until somebody sees to it. */
    private void warnIfStuck(Instant now) {
        if (phase != Phase.RUNNING && now.isAfter(warnAt)) {
            warnAt = now.plus(LONG);
            LOG.warn(
                    "the batches of partition {} cannot be read to their end, at {}: if that stays so, a transaction hangs, and"
                            + " kafka-transactions.sh find-hanging tells which",
                    number, end);
        }
    }

    @Override
    public void close() {
        jobs.values().forEach(RunningJob::close);
        jobs.clear();
    }
}
