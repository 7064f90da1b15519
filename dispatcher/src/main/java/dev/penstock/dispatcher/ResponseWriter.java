package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an attempt's answer on the log while it is made. Events go together, those of {@value #PACE_MS} ms or of
 * {@value #MOST_BYTES} bytes, and the first at once. A part is sent when the one before is acknowledged, so no failure
 * can change their order. Lives on the event loop of its attempt.
 */
final class ResponseWriter {
    static final int MOST_BYTES = 16 * 1024;
    static final long PACE_MS = 50;
    /** When so many bytes wait for Kafka, the provider has to wait as well. */
    static final int HELD_BYTES = 256 * 1024;

    /** Why an answer ends that nobody wants any more. */
    static final ApiError CALLED_OFF = ApiError.of(409, "invalid_request_error", "cancelled",
            "The request was cancelled.");
    /** Why one ends that was not complete in time. */
    static final ApiError OVERDUE = ApiError.of(504, "server_error", "deadline_exceeded",
            "The request was not answered before its deadline.");

    private final Vertx vertx;
    private final Function<ResponsePart, Future<Void>> log;
    private final RequestEnvelope envelope;
    private final String attemptId;
    private final Runnable room;
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
    private boolean sending;
    private boolean timed;
    private int first;
    private long lastSent;
    private @Nullable Promise<Void> idle;
    private byte @Nullable [] whole;

    /**
     * @param log appends a part; completes when all in-sync replicas have it, and never fails
     * @param room run whenever there is room again for events
     */
    ResponseWriter(Vertx vertx, Function<ResponsePart, Future<Void>> log, RequestEnvelope envelope, String attemptId,
            Runnable room) {
        this.vertx = vertx;
        this.log = log;
        this.envelope = envelope;
        this.attemptId = attemptId;
        this.room = room;
        this.lastSent = System.currentTimeMillis() - PACE_MS;
    }

    /** The call begins. */
    void begun(String worker) {
        append(part(envelope, PartKind.BEGUN).setAttemptId(attemptId).setWorker(worker)
                .setCandidate(envelope.getNext()).build());
    }

    /** Takes whole events; true as long as there is room for more. */
    boolean add(byte[] events) {
        waiting.writeBytes(events);
        pump();
        return waiting.size() < HELD_BYTES;
    }

    /** What the stream comes to in one piece. */
    void whole(byte[] body) {
        whole = body;
    }

    /** Completes when all that was added is acknowledged. */
    Future<Void> flush() {
        return quiet().compose(_ -> waiting.size() == 0 ? Future.succeededFuture() : append(events().build()));
    }

    /**
     * The call has ended so. Completes when all of the answer is acknowledged.
     *
     * @param cost in nano-US-dollars, or null if it is unknown
     * @param cutOff why the call was cut off if it was, or null if another is to follow
     */
    Future<Void> settle(Outcome outcome, @Nullable Long cost, @Nullable ApiError cutOff) {
        return switch (outcome) {
            case Outcome.Completed(var rest, _) -> envelope.getStream()
                    ? done(rest, whole, cost)
                    : done(null, rest, cost);
            case Outcome.Refused(var error) -> end(failed(envelope, error));
            case Outcome.Rejected(var error) -> end(failed(envelope, error));
            case Outcome.Broken(var error, _, _) -> end(failed(envelope, error).setBroken(true));
            case Outcome.Abandoned _ -> cutOff == null
                    ? flush()
                    : end(cutOff.equals(CALLED_OFF)
                            ? part(envelope, PartKind.CANCELLED)
                            : failed(envelope, cutOff));
        };
    }

    /** The end of an answer that failed. */
    static ResponsePart.Builder failed(RequestEnvelope envelope, ApiError error) {
        return part(envelope, PartKind.FAILED).setStatus(error.status())
                .setError(error.failure());
    }

    /**
     * The answer is complete. Completes when all of it is acknowledged.
     *
     * @param rest the last events of a stream, or null where none was asked for
     * @param body the whole answer, if there is one
     * @param cost in nano-US-dollars, or null if it is unknown
     */
    Future<Void> done(byte @Nullable [] rest, byte @Nullable [] body, @Nullable Long cost) {
        return quiet().compose(_ -> {
            if (rest != null) {
                waiting.writeBytes(rest);
            }
            return append(events().setKind(PartKind.DONE).setBody(body == null ? null : ByteBuffer.wrap(body))
                    .setCostNanoUsd(cost).build());
        });
    }

    /** The answer has ended otherwise. Completes when that and all before it is acknowledged. */
    Future<Void> end(ResponsePart.Builder end) {
        return flush().compose(_ -> append(end.setAttemptId(attemptId).build()));
    }

    /** A part of a request's answer, to be completed. */
    static ResponsePart.Builder part(RequestEnvelope envelope, PartKind kind) {
        return ResponsePart.newBuilder().setRequestId(envelope.getRequestId()).setTenant(envelope.getTenant())
                .setKind(kind).setAt(Instant.now());
    }

    private ResponsePart.Builder events() {
        byte[] data = waiting.toByteArray();
        waiting.reset();
        var part = part(envelope, PartKind.EVENTS).setAttemptId(attemptId).setFirst(first)
                .setData(ByteBuffer.wrap(data));
        first += count(data);
        return part;
    }

    /** How many events these are: each ends with an empty line, and has none in it. */
    static int count(byte[] events) {
        int count = 0;
        for (int i = 1; i < events.length; i++) {
            if (events[i] == '\n' && events[i - 1] == '\n') {
                count++;
            }
        }
        return count;
    }

    private void pump() {
        if (sending || idle != null || waiting.size() == 0) {
            return;
        }
        long left = lastSent + PACE_MS - System.currentTimeMillis();
        if (left <= 0 || waiting.size() >= MOST_BYTES) {
            append(events().build());
        } else if (!timed) {
            timed = true;
            vertx.setTimer(left, _ -> {
                timed = false;
                pump();
            });
        }
    }

    private Future<Void> append(ResponsePart part) {
        sending = true;
        lastSent = System.currentTimeMillis();
        return log.apply(part).onSuccess(_ -> {
            sending = false;
            if (idle != null) {
                Promise<Void> waiter = Objects.requireNonNull(idle);
                idle = null;
                waiter.complete();
            } else {
                room.run();
                pump();
            }
        });
    }

    /** Completes when nothing is under way. */
    private Future<Void> quiet() {
        if (!sending) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        idle = promise;
        return promise.future();
    }
}
