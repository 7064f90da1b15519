package dev.penstock.ingress.batch;

import dev.penstock.ingress.admission.Spread;
import dev.penstock.ingress.batch.Finalizer.Omission;
import dev.penstock.ingress.batch.Finalizer.Written;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchError;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.BatchStatus;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.StoredFile;
import dev.penstock.schemas.owner.OwnerClients;
import dev.penstock.schemas.owner.OwnerStep;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Drives one job: what it does in a round goes into the round's {@link OwnerStep}. Confined to the runner's thread. */
final class RunningJob {
    private static final Logger LOG = LoggerFactory.getLogger(RunningJob.class);
    private static final int VALIDATED_A_ROUND = 2_000;
    private static final Duration PUBLISH = Duration.ofSeconds(1);
    private static final Duration NOT_NOW = Duration.ofSeconds(2);
    private static final Duration NOT_YET = Duration.ofMillis(50);
    private static final Duration AGAIN = Duration.ofSeconds(5);

    private final Job job;
    private final int partition;
    private final RunnerConfig config;
    private final OwnerClients kafka;
    private final LineAdmission admission;
    private final Executor thread;
    private final Standings standings;
    private final Topics topics;
    private final Window window;
    private final List<ProducerRecord<byte[], byte[]>> pending = new ArrayList<>();
    private @Nullable Validation validation;
    private @Nullable InputLines input;
    /** The line that is to be admitted next, once its admission was put off. */
    private byte @Nullable [] next;
    private boolean deciding;
    private boolean exhausted;
    private boolean writing;
    private @Nullable Written written;
    private Instant notBefore = Instant.EPOCH;
    private Instant publishedAt = Instant.EPOCH;
    private @Nullable BatchStatus told;
    private int turn;

    RunningJob(Job job, int partition, RunnerConfig config, OwnerClients kafka, LineAdmission admission,
            Executor thread, Standings standings) {
        this.job = job;
        this.partition = partition;
        this.config = config;
        this.kafka = kafka;
        this.admission = admission;
        this.thread = thread;
        this.standings = standings;
        this.topics = config.topics();
        this.window = new Window(config, job.batch());
    }

    Job job() {
        return job;
    }

    /** Counts what came of a line; false if it is not the first that came of it, or comes too late. */
    boolean count(BatchResult result) {
        standings.answered(job.id(), result.getLine().getNumber());
        return !writing && job.count(result);
    }

    void run(OwnerStep step, Instant now) {
        try {
            switch (job.batch().getStatus()) {
                case VALIDATING -> validate(now);
                case IN_PROGRESS -> feed(now);
                case CANCELLING -> {
                    Instant since = job.batch().getCancellingAt();
                    if (job.inFlight() == 0 || since == null || now.isAfter(since.plus(window.patience()))) {
                        job.finalizing(now);
                    }
                }
                case FINALIZING -> finish(step, now);
                case COMPLETED, FAILED, EXPIRED, CANCELLED -> {
                }
            }
        } catch (IOException e) {
            LOG.warn("{} cannot go on, trying again: {}", job.id(), e.toString());
            notBefore = now.plus(AGAIN);
        }
        boolean due = !pending.isEmpty() || !now.isBefore(publishedAt.plus(PUBLISH)) || hasTurned();
        if (job.hasChanged() && due) {
            publishedAt = now;
            pending.forEach(message -> step.add(partition, message));
            pending.clear();
            step.add(partition, topics.batches().record(partition, job.id(), job.written()));
        }
    }

    /** Whether its status changed in this round, which is told at once. */
    private boolean hasTurned() {
        BatchStatus before = told;
        told = job.batch().getStatus();
        return told != before;
    }

    void close() {
        closeQuietly(validation);
        closeQuietly(input);
    }

    private void validate(Instant now) throws IOException {
        if (now.isBefore(notBefore)) {
            return;
        }
        if (job.isCancelled()) {
            job.cancelling(now);
            return;
        }
        if (validation == null) {
            validation = new Validation(lines(0), job.batch().getEndpoint(), config.mostLines(), config.knowsModel());
        }
        if (validation.step(VALIDATED_A_ROUND)) {
            List<BatchError> errors = validation.errors();
            if (errors.isEmpty()) {
                job.validated(validation.count(), validation.model(), kafka.positionBeside(partition), now);
            } else {
                job.failed(errors, now);
            }
            validation.close();
            validation = null;
        }
    }

    private void feed(Instant now) throws IOException {
        if (job.isCancelled()) {
            job.cancelling(now);
        } else if (job.isExpired(now)) {
            job.finalizing(now);
        } else {
            while (!deciding && !exhausted && !job.isFed() && job.inFlight() < window.lines()
                    && !now.isBefore(notBefore)) {
                feedNext(now);
            }
            if ((job.isFed() || exhausted) && job.inFlight() == 0 && !deciding) {
                job.finalizing(now);
            }
        }
    }

    private void feedNext(Instant now) throws IOException {
        if (input == null) {
            input = lines(job.inputOffset());
        }
        byte[] bytes = next == null ? input.next() : next;
        int number = job.fedLines();
        if (bytes == null || !(LineReader.read(bytes, number + 1, job.batch()
                .getEndpoint()) instanceof LineReader.Result.Valid(String customId, _, byte[] body))) {
            throw new IOException("the input is not what it was");
        }
        next = bytes;
        deciding = true;
        var line = new BatchLine(job.id(), number, customId, 0L);
        admission.admit(job.batch(), line, body, decision -> decided(line, decision, now));
    }

    private void decided(BatchLine line, LineAdmission.Decision decision, Instant now) {
        deciding = false;
        switch (decision) {
            case LineAdmission.Decision.NotNow _ -> notBefore = now.plus(NOT_NOW);
            case LineAdmission.Decision.Refused(var error) -> {
                pending.add(topics.batchResults().record(partition, job.id(), refused(line, error)));
                fed(0);
            }
            case LineAdmission.Decision.Admitted(var envelope) -> {
                long bound = envelope.getBatch().getBoundNanoUsd();
                if (job.affords(bound)) {
                    pending.add(queued(envelope));
                    window.fed(envelope);
                    fed(bound);
                } else { // what is in flight may cost less than it could
                    admission.settle(envelope.getRequestId(), 0);
                    exhausted = job.inFlight() == 0;
                    notBefore = now.plus(NOT_YET);
                }
            }
        }
    }

    private void fed(long bound) {
        next = null;
        job.fed(bound, input == null ? 0 : input.offset());
    }

    private ProducerRecord<byte[], byte[]> queued(RequestEnvelope envelope) {
        var queue = topics.requests(envelope.getRoute().get(envelope.getNext()).getProvider(), Lane.BATCH);
        int to = Spread.partition(envelope.getTenant(), kafka.partitions(queue.name()), config.spread(), turn++);
        return queue.record(to, envelope.getTenant(), envelope);
    }

    private static BatchResult refused(BatchLine line, ApiError error) {
        return BatchResult.newBuilder().setLine(line).setRequestId(BatchIds.request(line)).setStatus(error.status())
                .setError(error.failure()).build();
    }

    private void finish(OwnerStep step, Instant now) {
        if (written != null) {
            end(step, written, now);
        } else if (!writing && !now.isBefore(notBefore)) {
            writing = true;
            Batch batch = job.batch();
            long until = kafka.positionBeside(partition);
            var finalizer = new Finalizer(config.kafka(), topics.batchResults(), config.files(), config.longestLine());
            Thread.ofVirtual().name("penstock-batch-output").start(() -> {
                try {
                    Written files = finalizer.write(batch, partition, until, omission(batch));
                    thread.execute(() -> written = files);
                } catch (IOException | RuntimeException e) {
                    LOG.warn("the output of {} cannot be written, trying again: {}", batch.getBatchId(), e.toString());
                    thread.execute(() -> {
                        notBefore = Instant.now().plus(AGAIN);
                        writing = false;
                    });
                }
            });
        }
    }

    private void end(OwnerStep step, Written files, Instant now) {
        StoredFile output = files.output();
        StoredFile errors = files.errors();
        for (StoredFile file : new StoredFile[]{output, errors}) {
            if (file != null) {
                step.add(partition, topics.files().record(file.getFileId(), file));
            }
        }
        job.ended(endOf(job.batch()), output == null ? null : output.getFileId(),
                errors == null ? null : errors.getFileId(), now);
        step.add(partition, topics.batches().tombstone(partition, Topics.cancelKey(job.id())));
        step.then(this::close);
    }

    private boolean allAnswered(Batch batch) {
        return batch.getFed() >= batch.getTotal() && job.inFlight() == 0;
    }

    private BatchStatus endOf(Batch batch) {
        Instant finalizing = batch.getFinalizingAt();
        if (batch.getCancellingAt() != null) {
            return BatchStatus.CANCELLED;
        }
        return !allAnswered(batch) && finalizing != null && !finalizing.isBefore(batch.getExpiresAt())
                ? BatchStatus.EXPIRED
                : BatchStatus.COMPLETED;
    }

    private Omission omission(Batch batch) {
        return switch (endOf(batch)) {
            case CANCELLED -> new Omission("batch_cancelled", "This request was not executed because the batch was"
                    + " cancelled.");
            case EXPIRED -> new Omission("batch_expired", "This request could not be executed before the completion"
                    + " window expired.");
            case COMPLETED, FAILED, VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> new Omission("budget_exceeded",
                    "This request was not executed because the budget of the batch does not allow for it.");
        };
    }

    private InputLines lines(long from) throws IOException {
        return new InputLines(config.files().open(job.batch().getInputFileId(), from), from, config.longestLine());
    }

    private static void closeQuietly(@Nullable AutoCloseable one) {
        try {
            if (one != null) {
                one.close();
            }
        } catch (Exception e) {
            LOG.debug("an input cannot be closed", e);
        }
    }
}
