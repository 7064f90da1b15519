package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Idempotency;
import dev.penstock.schemas.event.KeptAnswer;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a request with an Idempotency-Key is answered, until it is on the log. What has begun to be answered has cost
 * something, and its key is answered for good; of what has not, or was cut off, the key is free again. Confined to one
 * event loop.
 */
final class Recording {
    /** What is longer than that is not given again. */
    private static final int MOST = 32 << 20;
    private static final ApiError CUT_OFF = ApiError.of(502, "server_error", "request_cut_off",
            "The request was cut off before its answer was complete.");
    private static final ApiError TOO_LONG = ApiError.of(502, "server_error", "answer_too_long",
            "The answer to this request was too long to be kept.");

    private final RequestEnvelope envelope;
    private final Idempotency idempotency;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean tooLong;

    private Recording(RequestEnvelope envelope, Idempotency idempotency) {
        this.envelope = envelope;
        this.idempotency = idempotency;
    }

    /** Of an attempt at a request; null if nobody will ask for its answer again. */
    static @Nullable Recording of(RequestEnvelope envelope) {
        return envelope.getIdempotency() == null ? null : new Recording(envelope, envelope.getIdempotency());
    }

    /** The next events of a stream. */
    void add(byte[] events) {
        if (body.size() + events.length > MOST) {
            tooLong = true;
        } else {
            body.writeBytes(events);
        }
    }

    /** Completes, on the caller's context, when the log has what the request came to. Never fails. */
    Future<Void> end(Outcome outcome, AttemptLog log) {
        return switch (outcome) {
            case Outcome.Completed(byte[] rest, _) -> {
                add(rest);
                yield keep(null, log);
            }
            case Outcome.Broken(var error, _) -> keep(error, log);
            case Outcome.Refused(var error) -> log.freed(idempotency, envelope.getRequestId(), error);
            case Outcome.Rejected(var error) -> log.freed(idempotency, envelope.getRequestId(), error);
            case Outcome.Abandoned _ -> log.freed(idempotency, envelope.getRequestId(), CUT_OFF);
        };
    }

    private Future<Void> keep(@Nullable ApiError error, AttemptLog log) {
        ApiError shown = tooLong ? TOO_LONG : error;
        return log.kept(idempotency, envelope.getDeadline(),
                new KeptAnswer(envelope.getRequestId(), envelope.getTenant(), envelope.getStream(),
                        tooLong ? ByteBuffer.allocate(0) : ByteBuffer.wrap(body.toByteArray()),
                        shown == null ? null : shown.told()));
    }
}
