package dev.penstock.ingress.batch;

import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchResult;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * A partition of the batches and the jobs in it that are not over. It is read from its beginning, then the results since
 * the oldest of these jobs; only then do they run. Confined to the runner's thread.
 */
final class OwnedPartition {
    private enum Phase {
        NEW, READING_JOBS, READING_RESULTS, RUNNING
    }

    private final int number;
    private final RunnerConfig config;
    private final RunnerClients kafka;
    private final LineAdmission admission;
    private final Executor thread;
    private final Set<String> unwanted;
    private final Map<String, RunningJob> jobs = new HashMap<>();
    private final Set<String> cancelled = new HashSet<>();
    private Phase phase = Phase.NEW;
    private long end;

    OwnedPartition(int number, RunnerConfig config, RunnerClients kafka, LineAdmission admission, Executor thread,
            Set<String> unwanted) {
        this.number = number;
        this.config = config;
        this.kafka = kafka;
        this.admission = admission;
        this.thread = thread;
        this.unwanted = unwanted;
    }

    /** What a job was written as: somebody's new one, its last state when it is taken over, or what is written here. */
    void take(Batch batch) {
        if (phase == Phase.NEW) {
            return; // is read again
        }
        if (Job.isOver(batch.getStatus())) {
            jobs.remove(batch.getBatchId());
            cancelled.remove(batch.getBatchId());
        } else if (phase != Phase.RUNNING || !jobs.containsKey(batch.getBatchId())) {
            var job = new Job(batch);
            if (cancelled.contains(job.id())) {
                job.cancel();
            }
            jobs.put(job.id(), new RunningJob(job, number, config, kafka, admission, thread, unwanted));
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

    boolean isBusy() {
        return phase != Phase.RUNNING || !jobs.isEmpty();
    }

    void run(Step step) {
        switch (phase) {
            case NEW -> {
                end = kafka.rewindJobs(number);
                phase = Phase.READING_JOBS;
            }
            case READING_JOBS -> {
                if (kafka.jobsPosition(number) >= end) {
                    long from = jobs.values().stream().map(running -> running.job().batch())
                            .filter(batch -> batch.getInProgressAt() != null).mapToLong(Batch::getFirstResult).min()
                            .orElse(Long.MAX_VALUE);
                    end = kafka.readResults(number, from);
                    phase = Phase.READING_RESULTS;
                }
            }
            case READING_RESULTS -> {
                if (kafka.resultsPosition(number) >= end) {
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

    void close() {
        jobs.values().forEach(RunningJob::close);
        jobs.clear();
    }
}
