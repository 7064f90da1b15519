package dev.penstock.ingress;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Speech;
import dev.penstock.ingress.replay.Replay;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Answers a caller from the log: with the stream of an answer after some event of it, or with all of it when it is
 * complete. As with an {@link Exchange} status and headers are sent with the first event, so that a failure before it is
 * a proper HTTP error. Lives on the event loop of its connection; when the client goes away only the reading ends.
 */
final class KeptAnswer implements ResponseLog.Listener {
    private static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
    private static final CharSequence COST = HttpHeaders.createOptimized("x-penstock-cost-usd");

    private final Vertx vertx;
    private final String requestId;
    private final String tenant;
    private final HttpServerResponse response;
    private final int after;
    private final boolean stream;
    private final @Nullable RouteHeaders heads;
    private final Replay replay = new Replay();
    private ResponseLog.@Nullable Follower follower;
    private long timer;
    private int owed;
    private long lastWrite = System.nanoTime();
    private boolean ended;

    /**
     * @param tenant whose answer it has to be
     * @param stream whether the events are wanted, or the whole
     * @param after the number of the last event that the client has; -1 if it has none
     * @param heads to be told who answers, or null
     */
    KeptAnswer(Vertx vertx, String requestId, String tenant, boolean stream, int after, HttpServerResponse response,
            @Nullable RouteHeaders heads) {
        this.vertx = vertx;
        this.requestId = requestId;
        this.tenant = tenant;
        this.stream = stream;
        this.after = after;
        this.response = response;
        this.heads = heads;
    }

    /** Begins to read. To be called on the event loop of the connection. */
    void start(ResponseLog log, Context context, long keepAliveMs) {
        if (response.closed()) {
            return;
        }
        follower = log.follow(requestId, context, this);
        if (follower == null) {
            answer(Refusals.answerNotFound("Response", requestId));
            return;
        }
        timer = vertx.setPeriodic(Math.min(1000, keepAliveMs), _ -> tick(keepAliveMs * 1_000_000));
        response.closeHandler(_ -> over());
        response.exceptionHandler(_ -> {}); // followed by the close
    }

    @Override
    public void part(ResponsePart part, int bytes) {
        if (ended) {
            return;
        }
        var events = replay.accept(part);
        if (part.getKind() == PartKind.HEAD && !replay.isOf(tenant) || part.getKind() == PartKind.DELETED) {
            answer(Refusals.answerNotFound("Response", requestId));
            return;
        }
        if (part.getKind() == PartKind.HEAD && stream && !replay.head().getStream()) {
            answer(Refusals.notStreamed());
            return;
        }
        if (part.getKind() == PartKind.BEGUN && heads != null) {
            heads.begun(part.getCandidate(), List.of());
        }
        if (stream) {
            var buffer = Buffer.buffer();
            events.stream().filter(event -> event.number() > after)
                    .forEach(event -> buffer.appendBytes(event.bytes()));
            if (buffer.length() > 0) {
                write(buffer);
            }
        }
        ResponsePart end = replay.end();
        if (end == null) {
            use(bytes);
        } else {
            finish(end);
        }
    }

    /** What is not on the log by then is not there. */
    @Override
    public void caughtUp() {
        if (!ended && !replay.isOf(tenant)) {
            answer(Refusals.answerNotFound("Response", requestId));
        }
    }

    private void finish(ResponsePart end) {
        ByteBuffer body = end.getBody();
        switch (end.getKind()) {
            case DONE -> {
                if (stream) {
                    sendStreamHead();
                    end(Buffer.buffer());
                } else if (body == null) {
                    answer(Refusals.workerLost());
                } else {
                    Long cost = end.getCostNanoUsd();
                    if (cost != null) {
                        response.putHeader(COST, Responses.dollars(cost));
                    }
                    sendHead(Responses.JSON);
                    byte[] whole = new byte[body.remaining()];
                    body.duplicate().get(whole);
                    end(Buffer.buffer(whole));
                }
            }
            case FAILED -> answer(ApiError.of(end.getStatus(),
                    Objects.requireNonNull(end.getError(), "a failure has a cause")));
            case CANCELLED -> answer(Refusals.cancelled());
            case HEAD, BEGUN, EVENTS, DELETED -> throw new IllegalStateException("no end");
        }
    }

    private void tick(long keepAliveNanos) {
        if (!replay.isOf(tenant)) {
            return;
        }
        if (replay.isLost(Instant.now())) {
            answer(Refusals.deadlinePassed());
        } else if (stream && System.nanoTime() - lastWrite >= keepAliveNanos && !response.writeQueueFull()) {
            lastWrite = System.nanoTime();
            sendStreamHead();
            response.write(Buffer.buffer(speech().keepAlive(response.bytesWritten() > 0)));
        }
    }

    private void write(Buffer events) {
        sendStreamHead();
        lastWrite = System.nanoTime();
        response.write(events);
    }

    /** Has the log read on as the client does. */
    private void use(int bytes) {
        owed += bytes;
        if (response.writeQueueFull()) {
            response.drainHandler(_ -> giveBack());
        } else {
            giveBack();
        }
    }

    private void giveBack() {
        if (follower != null && owed > 0) {
            follower.taken(owed);
            owed = 0;
        }
    }

    private void answer(ApiError error) {
        if (ended) {
            return;
        }
        if (response.headWritten()) {
            end(Buffer.buffer(speech().lastEvent(error, replay.next())));
        } else {
            over();
            if (heads != null) {
                heads.put(response);
            }
            Responses.putRequestId(response, speech(), requestId);
            Responses.error(response, speech(), error);
        }
    }

    private Speech speech() {
        return replay.isOf(tenant) ? Speech.of(replay.head().getFormat()) : Speech.OPENAI;
    }

    private void sendStreamHead() {
        if (!response.headWritten()) {
            response.setChunked(true).putHeader(HttpHeaders.CACHE_CONTROL, NO_CACHE);
            sendHead(Responses.EVENT_STREAM);
        }
    }

    private void sendHead(CharSequence contentType) {
        if (heads != null) {
            heads.put(response);
        }
        Responses.putRequestId(response, speech(), requestId);
        response.putHeader(HttpHeaders.CONTENT_TYPE, contentType);
    }

    private void end(Buffer last) {
        over();
        response.end(last);
    }

    private void over() {
        if (!ended) {
            ended = true;
            vertx.cancelTimer(timer);
            if (follower != null) {
                follower.close();
            }
        }
    }
}
