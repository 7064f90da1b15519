package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.ResponseObject;
import dev.penstock.ingress.replay.Replay;
import dev.penstock.ingress.replay.Replay.Status;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.event.Failure;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers that are kept, whichever ingress took their requests: {@code GET}, {@code DELETE} and {@code cancel} of
 * {@code /v1/responses/ID}, and the same for the other APIs. Lives on one event loop.
 */
final class KeptApi {
    private static final String EVENT_STREAM = "text/event-stream";

    private final Vertx vertx;
    private final Context context;
    private final ResponseLog answers;
    private final RequestLog log;
    private final long keepAliveMs;

    KeptApi(Vertx vertx, Context context, ResponseLog answers, RequestLog log, long keepAliveMs) {
        this.vertx = vertx;
        this.context = context;
        this.answers = answers;
        this.log = log;
        this.keepAliveMs = keepAliveMs;
    }

    /** The answer as it is now; or its events, from the first or after one, as they come. */
    void get(Format format, HttpServerRequest request, Caller caller, String id) {
        HttpServerResponse response = request.response();
        String accepted = request.getHeader(HttpHeaders.ACCEPT);
        String wish = request.getParam("stream");
        boolean stream = wish == null
                ? accepted != null && accepted.startsWith(EVENT_STREAM)
                : wish.equals("true");
        if (stream) {
            String header = request.getHeader("last-event-id");
            String from = header == null ? request.getParam("starting_after") : header;
            int after = from == null ? -1 : number(from);
            if (from != null && after < 0) {
                Responses.error(response, Refusals.invalidParameter(
                        header == null ? "starting_after" : "Last-Event-ID", "must be the number of an event"));
            } else {
                new KeptAnswer(vertx, id, caller.tenant().name(), true, after, response, null).start(answers, context,
                        keepAliveMs);
            }
            return;
        }
        look(format, request, caller, id, (replay, now) -> show(format, response, replay, now));
    }

    /** What a response was asked for with. */
    void inputItems(HttpServerRequest request, Caller caller, String id) {
        look(Format.RESPONSES, request, caller, id, (replay, _) -> Responses.json(request.response(), 200,
                Buffer.buffer(ResponseObject.inputItems(replay))));
    }

    /** Cancels what goes on in the background; what has ended stays as it is. */
    void cancel(HttpServerRequest request, Caller caller, String id) {
        look(Format.RESPONSES, request, caller, id, (replay, now) -> {
            if (!replay.head().getBackground()) {
                Responses.error(request.response(), Refusals.notInBackground());
            } else if (replay.status(now) == Status.QUEUED || replay.status(now) == Status.IN_PROGRESS) {
                keep(request.response(), part(replay, PartKind.CANCELLED), () -> {
                    callOff(replay);
                    look(Format.RESPONSES, request, caller, id,
                            (then, later) -> show(Format.RESPONSES, request.response(), then, later));
                });
            } else {
                show(Format.RESPONSES, request.response(), replay, now);
            }
        });
    }

    /** Has it be forgotten; if it goes on it is called off. */
    void delete(Format format, HttpServerRequest request, Caller caller, String id) {
        look(format, request, caller, id, (replay, now) -> {
            Runnable forget = () -> keep(request.response(), part(replay, PartKind.DELETED),
                    () -> Responses.json(request.response(), 200, Buffer.buffer("{\"id\":\"" + id + "\",\"object\":\""
                            + (format == Format.RESPONSES ? "response" : "chat.completion.deleted")
                            + "\",\"deleted\":true}")));
            if (replay.end() == null) {
                keep(request.response(), part(replay, PartKind.CANCELLED), () -> {
                    callOff(replay);
                    forget.run();
                });
            } else {
                forget.run();
            }
        });
    }

    /** Tells whoever works on it, or will, until the request's time is over. */
    private void callOff(Replay known) {
        new CallOff(vertx, known).start(answers, context);
    }

    private void show(Format format, HttpServerResponse response, Replay replay, Instant now) {
        ResponsePart end = replay.end();
        Failure failure = end == null ? null : end.getError();
        if (end != null && failure != null && format != Format.RESPONSES) {
            Responses.error(response, ApiError.of(end.getStatus(), failure));
        } else {
            Responses.json(response, 200, Buffer.buffer(ResponseObject.of(replay, now)));
        }
    }

    private void look(Format format, HttpServerRequest request, Caller caller, String id,
            BiConsumer<Replay, Instant> then) {
        Glance.at(answers, id, context, replay -> {
            if (replay.isOf(caller.tenant().name()) && replay.head().getFormat() == format) {
                then.accept(replay, Instant.now());
            } else {
                Responses.error(request.response(), Refusals
                        .answerNotFound(format == Format.RESPONSES ? "Response" : "Chat completion", id));
            }
        });
    }

    private void keep(HttpServerResponse response, ResponsePart part, Runnable then) {
        log.keep(vertx, part, then, _ -> Responses.error(response, Refusals.logUnavailable(1)));
    }

    private static ResponsePart part(Replay replay, PartKind kind) {
        return ResponsePart.newBuilder().setRequestId(replay.first().getRequestId())
                .setTenant(replay.first().getTenant()).setKind(kind).setAt(Instant.now())
                .setData(ByteBuffer.allocate(0)).build();
    }

    /** -1 if it is none. */
    private static int number(String text) {
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
    }

    /** Cancels every attempt at a request that was called off, also one that begins only later. */
    private static final class CallOff implements ResponseLog.Listener {
        private final Vertx vertx;
        private final String requestId;
        private final long deadline;
        private ResponseLog.@Nullable Follower follower;

        CallOff(Vertx vertx, Replay known) {
            this.vertx = vertx;
            this.requestId = known.first().getRequestId();
            this.deadline = known.head().getDeadline().toEpochMilli();
        }

        void start(ResponseLog answers, Context context) {
            ResponseLog.Follower following = answers.follow(requestId, context, this);
            if (following != null) {
                follower = following;
                vertx.setTimer(Math.max(1, deadline - System.currentTimeMillis()), _ -> following.close());
            }
        }

        @Override
        public void part(ResponsePart part, int bytes) {
            if (follower != null) {
                follower.taken(bytes);
            }
            if (part.getKind() == PartKind.BEGUN) {
                vertx.eventBus().send(part.getWorker(), new Signal.Cancel(requestId));
            } else if (!part.getAttemptId().isEmpty() && (part.getKind() == PartKind.CANCELLED
                    || part.getKind() == PartKind.DONE || part.getKind() == PartKind.FAILED)) {
                if (follower != null) {
                    follower.close();
                }
            }
        }

        @Override
        public void caughtUp() {}
    }
}
