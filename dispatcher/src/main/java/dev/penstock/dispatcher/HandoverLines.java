package dev.penstock.dispatcher;

import dev.penstock.dispatcher.policy.Fallback;
import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.dispatcher.policy.Step;
import dev.penstock.dispatcher.provider.BatchApi;
import dev.penstock.dispatcher.provider.BatchClient;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.Handover;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.owner.OwnerStep;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What is written of the lines of a partition: that they are handed over, what came of each, and that nothing more is to
 * be done about it, always in one transaction. Confined to the runner's thread.
 */
final class HandoverLines {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final ApiError CANCELLED = ApiError.of(LineResult.NOT_EXECUTED, "invalid_request_error",
            "batch_cancelled", "This request was not executed because the batch was cancelled.");
    private static final ApiError OVERDUE = ApiError.of(504, "server_error", "deadline_exceeded",
            "The request waited until its deadline.");
    private static final ApiError UNKNOWN = ApiError.of(503, "server_error", "provider_unknown",
            "This worker knows no provider of that name.");

    private final int partition;
    private final DispatcherConfig config;
    private final Topics topics;
    private final Done done;

    /** Told of the lines that something came of. */
    interface Done {
        void done(String batchId, int line);
    }

    HandoverLines(int partition, DispatcherConfig config, Done done) {
        this.partition = partition;
        this.config = config;
        this.topics = config.topics();
        this.done = done;
    }

    /**
     * Takes lines out of what was gathered, as many as the provider takes at once, and writes down that they are handed
     * over; nothing is said to the provider before that is committed. Those that cannot be go on as calls of their own.
     */
    List<RunningHandover> decide(OwnerStep step, Gathering gathering, BatchClient provider, Executor thread,
            Instant now) {
        String id = "ho_" + UUID.randomUUID().toString().replace("-", "");
        var jobs = new LinkedHashMap<Integer, Job>();
        var prepared = new ArrayList<BatchApi.Line>();
        long bytes = 0;
        for (Map.Entry<Integer, Job> each : List.copyOf(gathering.jobs().entrySet())) {
            Job job = each.getValue();
            BatchApi.Line line = provider.line(customId(id, each.getKey()), job.envelope(), job.candidate());
            if (line != null && !jobs.isEmpty() && (jobs.size() >= Gathering.MOST_LINES
                    || bytes + line.body().length > provider.api().mostBytes())) {
                break;
            }
            gathering.remove(each.getKey());
            if (job.isExpired(now)) {
                giveUp(step, job, "expired", OVERDUE);
            } else if (line == null) {
                goOn(step, job);
            } else {
                jobs.put(each.getKey(), job);
                prepared.add(line);
                bytes += line.body().length;
            }
        }
        if (jobs.isEmpty()) {
            return List.of();
        }
        Handover handover = Handover.newBuilder().setHandoverId(id).setProvider(gathering.of().provider())
                .setBatchId(gathering.of().batchId()).setLines(List.copyOf(jobs.keySet()))
                .setAt(now.truncatedTo(ChronoUnit.MICROS)).build();
        write(step, handover);
        jobs.values().forEach(job -> step.add(partition,
                topics.attempts().record(job.tenant(), events(job, handover).started())));
        return List.of(RunningHandover.decided(handover, jobs, prepared, provider, this, thread));
    }

    static String customId(String handoverId, int line) {
        return handoverId + "-" + line;
    }

    /** Writes how a handover stands. */
    void write(OwnerStep step, Handover handover) {
        step.add(partition, topics.handovers().record(partition, handover.getHandoverId(), handover));
    }

    /** Something came of every line of a handover. */
    void forget(OwnerStep step, Handover handover) {
        step.add(partition, topics.handovers().tombstone(partition, handover.getHandoverId()));
    }

    /** Writes down what came of a line, and what follows from it. */
    void settle(OwnerStep step, Job job, Handover handover, Outcome outcome, boolean unwanted, Instant now) {
        AttemptEvents events = events(job, handover);
        AttemptEnded ended = events.ended(outcome, null);
        step.add(partition, topics.attempts().record(job.tenant(), ended));
        BatchResult result = LineResult.of(job.envelope(), line(job), outcome, ended, events.cost(ended.getTokens()));
        Trouble trouble = trouble(outcome);
        if (trouble == null || result == null) {
            answer(step, job, Objects.requireNonNull(result, "nobody cuts it off"));
        } else if (unwanted) {
            answer(step, job, LineResult.of(job.envelope(), line(job), CANCELLED, job.mayBeSecond()));
        } else {
            switch (Fallback.after(job.envelope(), job.envelope().getAttempt(), trouble, () -> true, now)) {
                case Step.Answer _,Step.GoOn _ -> answer(step, job, result);
                case Step.Exhausted _ -> {
                    bury(step, job, "exhausted", "every candidate has failed");
                    answer(step, job, result);
                }
                case Step.Wait _ -> goOn(step, job);
                case Step.Next(int candidate) -> queue(step, job, candidate);
                case Step.Later(int candidate, var delay) -> {
                    step.add(partition, topics.retry((int) delay.duration().toSeconds()).record(job.tenant(),
                            Hop.to(candidate, job.envelope())));
                    settled(step, job);
                }
            }
        }
    }

    /** What a call of its own may make good; null where this is the end of it. */
    private static @Nullable Trouble trouble(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Completed _,Outcome.Broken _,Outcome.Abandoned _ -> null;
            case Outcome.Rejected(var error) -> new Trouble.Rejected(error.code());
            case Outcome.Refused _ -> new Trouble.Full(SOON);
        };
    }

    /** Nobody wants a line any more that was not handed over. */
    void cancel(OwnerStep step, Job job) {
        answer(step, job, LineResult.of(job.envelope(), line(job), CANCELLED, job.mayBeSecond()));
    }

    /** Has a line that was not handed over, or not taken, go on as a call of its own. */
    void goOn(OwnerStep step, Job job) {
        queue(step, job, job.envelope().getNext());
    }

    /** The provider of a line has no batch API any more, or is no more. */
    void leave(OwnerStep step, Job job) {
        if (config.catalog().providers().containsKey(job.candidate().getProvider())) {
            goOn(step, job);
        } else {
            giveUp(step, job, "unroutable", UNKNOWN);
        }
    }

    private void queue(OwnerStep step, Job job, int candidate) {
        String provider = job.envelope().getRoute().get(candidate).getProvider();
        step.add(partition, topics.requests(provider, Lane.BATCH).record(job.tenant(),
                Hop.to(candidate, job.envelope())));
        settled(step, job);
    }

    private void giveUp(OwnerStep step, Job job, String reason, ApiError error) {
        bury(step, job, reason, error.message());
        answer(step, job, LineResult.of(job.envelope(), line(job), error, job.mayBeSecond()));
    }

    private void bury(OwnerStep step, Job job, String reason, String detail) {
        RequestEnvelope envelope = job.envelope();
        var record = topics.requests(job.candidate().getProvider(), Lane.BATCH).record(job.tenant(), envelope);
        step.add(partition, topics.deadLetters().record(job.tenant(), DeadLetter.newBuilder().setReason(reason)
                .setDetail(detail).setAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
                .setTopic(job.taken().record().topic())
                .setPartition(job.taken().record().partition()).setOffset(job.taken().record().offset())
                .setRecord(ByteBuffer.wrap(record.value())).build()));
    }

    private void answer(OwnerStep step, Job job, BatchResult result) {
        step.add(partition, topics.batchResults().record(result.getLine().getBatchId(), result));
        settled(step, job);
    }

    private void settled(OwnerStep step, Job job) {
        BatchLine line = line(job);
        step.add(partition,
                topics.handovers().tombstone(partition, Topics.lineKey(line.getBatchId(), line.getNumber())));
        done.done(line.getBatchId(), line.getNumber());
    }

    private static BatchLine line(Job job) {
        return Objects.requireNonNull(job.envelope().getBatch(), "only lines of batches are handed over");
    }

    /** The attempt is the same whoever writes of it. */
    private AttemptEvents events(Job job, Handover handover) {
        return new AttemptEvents(job.requestId() + "/" + handover.getHandoverId(), job, "", config.catalog(),
                job.envelope().getHold(), handover.getAt());
    }
}
