package dev.penstock.dispatcher;

import dev.penstock.dispatcher.policy.Headroom;
import dev.penstock.dispatcher.provider.AnswerSink;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.dispatcher.provider.ProviderCall;
import dev.penstock.dispatcher.provider.ProviderClient;
import dev.penstock.dispatcher.provider.Spoken;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Idempotency;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One call to a provider for one request: its events on the log, its frames on the bus, and the client's credit, which
 * pauses the provider's socket where it is used up. Lives on the event loop of its worker.
 */
final class Attempt implements AnswerSink {
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final RequestEnvelope envelope;
    private final Job job;
    private final AttemptEvents events;
    private final String worker;
    private final AttemptLog log;
    private final Consumer<Frame> frames;
    private final @Nullable Hold hold;
    private final LongConsumer receipts;
    /** Null where the answer is not kept. */
    private final @Nullable ResponseWriter keeper;

    private Runnable onAgain = () -> {};
    private @Nullable Instant firstTokenAt;
    private @Nullable ProviderCall call;
    private int sequence;
    private int credit = Signal.INITIAL_CREDIT;
    private boolean calledOff;
    private boolean overdue;

    /**
     * @param id unique for every call
     * @param worker bus address to which signals for this attempt are to go
     * @param frames sends a frame to the ingress of the request
     * @param catalog for the prices
     * @param hold what was set aside for this attempt, or null
     * @param receipts told, if there is a hold, how much of it was used, when that is on the log
     */
    Attempt(Vertx vertx, String id, Job job, String worker, AttemptLog log, Consumer<Frame> frames, Catalog catalog,
            @Nullable Hold hold, LongConsumer receipts) {
        this.events = new AttemptEvents(id, job, worker, catalog, hold, AttemptEvents.now());
        this.hold = hold;
        this.receipts = receipts;
        this.job = job;
        this.envelope = job.envelope();
        this.worker = worker;
        this.log = log;
        this.frames = frames;
        this.keeper = envelope.getStore() ? new ResponseWriter(vertx, log::response, envelope, id, this::resume) : null;
    }

    /**
     * Makes the call, with this one of the provider's keys; {@code again} is told of each further one that the answer
     * takes. The future completes when the call has ended and the provider's slot is free; what it completes with has yet
     * to be settled.
     */
    Future<Outcome> start(ProviderClient client, int key, Runnable again) {
        onAgain = again;
        log.started(events.started());
        ProviderCall made = client.send(envelope, job.candidate(), key, this); // which answers later
        call = made;
        frames.accept(new Frame.Begun(envelope.getRequestId(), envelope.getAttempt(), worker, envelope.getNext(),
                made.dropped(), job.past().seen()));
        sequence = 1;
        if (keeper != null) {
            keeper.begun(worker);
        }
        return made.outcome();
    }

    /** Writes the end to the log; when that is acknowledged, sends the last frame and completes. */
    Future<Void> settle(Outcome outcome) {
        AttemptEnded ended = events.ended(outcome, firstTokenAt);
        return log.ended(ended).compose(_ -> result(outcome, ended)).compose(_ -> keep(outcome, ended))
                .compose(_ -> tellKey(outcome)).onSuccess(_ -> {
                    if (hold != null) {
                        receipts.accept(ended.getHoldUsed());
                    }
                    switch (outcome) {
                        case Outcome.Completed(var rest, _) ->
                            send(n -> new Frame.Done(job.requestId(), envelope.getAttempt(), n,
                                    keeper == null ? rest : new byte[0],
                                    job.past().plus(events.cost(ended.getTokens()))));
                        case Outcome.Refused(var error) -> fail(error);
                        case Outcome.Rejected(var error) -> fail(error);
                        case Outcome.Broken(var error, _, _) -> fail(error);
                        case Outcome.Abandoned _ when keeper == null || comesAgain(outcome) -> {
                        } // nobody listens
                        case Outcome.Abandoned _ -> fail(cutOff());
                    }
                });
    }

    /** Whether the request has to be taken again: its call was cut off only because this worker stops. */
    boolean comesAgain(Outcome outcome) {
        return outcome instanceof Outcome.Abandoned
                && (job.lane() == Lane.BATCH || keeper != null && !calledOff && !overdue);
    }

    /** Where the answer is kept, its end is on the log before its record counts as answered. */
    private Future<Void> keep(Outcome outcome, AttemptEnded ended) {
        return keeper == null
                ? Future.succeededFuture()
                : keeper.settle(outcome, events.cost(ended.getTokens()), comesAgain(outcome) ? null : cutOff());
    }

    /**
     * What has begun to be answered has cost something, and its key is answered for good; what has not, or was cut off,
     * frees it.
     */
    private Future<Void> tellKey(Outcome outcome) {
        Idempotency key = envelope.getIdempotency();
        if (key == null || comesAgain(outcome)) {
            return Future.succeededFuture();
        }
        return switch (outcome) {
            case Outcome.Completed _,Outcome.Broken _ -> log.answered(key, envelope.getRequestId());
            case Outcome.Refused(var error) -> log.freed(key, envelope.getRequestId(), error);
            case Outcome.Rejected(var error) -> log.freed(key, envelope.getRequestId(), error);
            case Outcome.Abandoned _ -> log.freed(key, envelope.getRequestId(), cutOff());
        };
    }

    private ApiError cutOff() {
        return calledOff ? ResponseWriter.CALLED_OFF : ResponseWriter.OVERDUE;
    }

    /** What a line of a batch came to is on the log before its record counts as answered. */
    private Future<Void> result(Outcome outcome, AttemptEnded ended) {
        BatchLine line = envelope.getBatch();
        BatchResult result = line == null
                ? null
                : LineResult.of(envelope, line, outcome, ended, events.cost(ended.getTokens()));
        return result == null ? Future.succeededFuture() : log.result(result);
    }

    /** Writes the end of an answer that broke off to the log; completes with what another candidate has to know to go on. */
    Future<Continued> breakOff(Outcome outcome) {
        Spoken spoken = Objects.requireNonNull(outcome.spoken(), "only what can be gone on with is");
        AttemptEnded ended = events.ended(outcome, firstTokenAt);
        return log.ended(ended).map(_ -> {
            if (hold != null) {
                receipts.accept(ended.getHoldUsed());
            }
            Long cost = events.cost(ended.getTokens());
            return job.past().with(ended, spoken, sequence - 1,
                    cost == null ? null : Long.valueOf(cost + ended.getAdjustNanoUsd()));
        });
    }

    /** Writes an end that is not the request's to the log; completes when that is acknowledged. What was held stays so. */
    Future<Void> record(Outcome outcome) {
        return log.ended(events.ended(outcome, firstTokenAt));
    }

    /** How long the first token took, in nanoseconds; negative if there was none. */
    long firstTokenNanos() {
        return firstTokenAt == null ? -1 : Duration.between(events.startedAt(), firstTokenAt).toNanos();
    }

    /** What the provider's answer says is left of its quotas. */
    Headroom headroom() {
        return call == null ? Headroom.UNKNOWN : call.headroom();
    }

    void onSignal(Signal signal) {
        if (call == null) {
            return;
        }
        switch (signal) {
            case Signal.Cancel _ -> {
                calledOff = true;
                call.cancel();
            }
            case Signal.Credit(_, int bytes) -> {
                boolean paused = credit <= 0;
                credit += bytes;
                if (paused && credit > 0) {
                    call.resume();
                }
            }
        }
    }

    /** Whether its deadline is over by so much that nobody can have been there to call it off. */
    boolean isOverdue(Instant now) {
        return now.isAfter(envelope.getDeadline().plus(GRACE));
    }

    /** Cuts the call off. */
    void cancel() {
        overdue = isOverdue(AttemptEvents.now());
        if (call != null) {
            call.cancel();
        }
    }

    @Override
    public void whole(byte[] body) {
        Objects.requireNonNull(keeper, "only of what is kept").whole(body);
    }

    @Override
    public void calledAgain() {
        onAgain.run();
    }

    @Override
    public void delta(byte[] piece) {
        if (firstTokenAt == null) {
            firstTokenAt = AttemptEvents.now();
        }
        boolean room;
        if (keeper == null) {
            credit -= piece.length;
            room = credit > 0;
            send(n -> new Frame.Delta(job.requestId(), envelope.getAttempt(), n, piece));
        } else { // whoever listens reads the log
            room = keeper.add(piece);
        }
        if (!room && call != null) {
            call.pause();
        }
    }

    private void resume() {
        if (call != null) {
            call.resume();
        }
    }

    private void fail(ApiError error) {
        send(n -> new Frame.Failed(job.requestId(), envelope.getAttempt(), n, error));
    }

    private void send(Function<Integer, Frame> frame) {
        frames.accept(frame.apply(sequence++));
    }
}
