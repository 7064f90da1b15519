package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.policy.Delay;
import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.Idempotency;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/**
 * How a request leaves this worker without an answer from a provider: to another queue, to a retry topic, or as a dead
 * letter. Its record counts as answered when Kafka has acknowledged that.
 */
final class Exit {
    private final EventBus bus;
    private final Topics topics;
    private final AttemptLog log;
    private final String address;
    private final Cashier cashier;
    private final Consumer<Taken> answered;

    /** @param answered told of the records that need no more work */
    Exit(EventBus bus, Topics topics, AttemptLog log, String address, Cashier cashier, Consumer<Taken> answered) {
        this.bus = bus;
        this.topics = topics;
        this.log = log;
        this.address = address;
        this.cashier = cashier;
        this.answered = answered;
    }

    /** Appends a request to the queue of a candidate of its route. Completes when all in-sync replicas have it. */
    Future<Void> toCandidate(Job job, int candidate) {
        return toQueue(job, Hop.to(candidate, job.envelope()));
    }

    /** Appends a request to the queue of the candidate that is to go on with its answer. Completes when all in-sync replicas have it. */
    Future<Void> goOn(Job job, int candidate, Continued continued) {
        return toQueue(job, Hop.goOn(candidate, continued, job.envelope()));
    }

    /** Appends a request, as it stands, to the queue that it is for. Completes when all in-sync replicas have it. */
    Future<Void> toQueue(Job job) {
        return toQueue(job, job.envelope());
    }

    private Future<Void> toQueue(Job job, RequestEnvelope envelope) {
        Candidate next = envelope.getRoute().get(envelope.getNext());
        return log.forward(topics.requests(next.getProvider(), envelope.getLane()), job.taken().record().partition(),
                passedOn(job, envelope));
    }

    /** Appends a request to a retry topic, to go on with this candidate. Completes when all in-sync replicas have it. */
    Future<Void> toRetry(Job job, int candidate, Delay delay) {
        return log.forward(topics.retry((int) delay.duration().toSeconds()), job.taken().record().partition(),
                passedOn(job, Hop.to(candidate, job.envelope())));
    }

    /**
     * Leaves a line of a batch to whoever hands lines over to providers' batch APIs. Completes when all in-sync replicas
     * have it.
     */
    Future<Void> handOver(Job job) {
        return log.handOver(job.envelope());
    }

    /** Ends a request with an error to its caller and a dead letter. */
    void giveUp(Job job, String reason, ApiError error) {
        BatchLine line = job.envelope().getBatch();
        deadLetter(job, reason, error.message()).compose(_ -> line == null
                ? Future.succeededFuture()
                : log.result(LineResult.of(job.envelope(), line, error, job.mayBeSecond())))
                .compose(_ -> job.envelope().getStore()
                        ? log.response(ResponseWriter.failed(job.envelope(), error).build())
                        : Future.succeededFuture())
                .compose(_ -> freeKey(job, error)).onSuccess(_ -> {
                    cashier.notPaid(job);
                    frame(job, new Frame.Begun(job.requestId(), job.envelope().getAttempt(), address,
                            job.envelope().getNext(), List.of(), job.past().seen()));
                    frame(job, new Frame.Failed(job.requestId(), job.envelope().getAttempt(), 1, error));
                    answered.accept(job.taken());
                });
    }

    /** Ends a request that nobody waits for. */
    void abandon(Job job) {
        deadLetter(job, "abandoned", "nobody waits for the answer").onSuccess(_ -> {
            cashier.notPaid(job);
            answered.accept(job.taken());
        });
    }

    /** A request that may have been answered before, by a worker that has died, keeps its key until it lapses. */
    private Future<Void> freeKey(Job job, ApiError why) {
        Idempotency key = job.envelope().getIdempotency();
        return key == null || job.mayBeSecond()
                ? Future.succeededFuture()
                : log.freed(key, job.requestId(), why);
    }

    Future<Void> deadLetter(Job job, String reason, String detail) {
        return deadLetter(job.taken(), job.tenant(), reason, detail);
    }

    Future<Void> deadLetter(Taken taken, String tenant, String reason, String detail) {
        return log.deadLetter(tenant,
                DeadLetter.newBuilder()
                        .setReason(reason)
                        .setDetail(detail)
                        .setAt(Instant.now())
                        .setTopic(taken.record().topic())
                        .setPartition(taken.record().partition())
                        .setOffset(taken.record().offset())
                        .setRecord(ByteBuffer.wrap(taken.record().value()))
                        .build());
    }

    /** Sends a frame to the ingress that waits for the answer, if one does; who runs a batch reads the log. */
    void frame(Job job, Frame frame) {
        if (job.hasCaller() && job.envelope().getBatch() == null) {
            bus.send(job.envelope().getReplyTo(), frame);
        }
    }

    /** A copy of a record that may be sent on twice is to be called for with care. */
    private static RequestEnvelope passedOn(Job job, RequestEnvelope envelope) {
        return job.taken().inherited() && !envelope.getDoubtful() ? Hop.doubtful(envelope) : envelope;
    }
}
