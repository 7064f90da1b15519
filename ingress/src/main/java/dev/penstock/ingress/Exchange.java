package dev.penstock.ingress;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Speech;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One caller that waits for its answer: writes frames to its connection in their order, tells the worker how much more
 * the client can take, and ends exactly once. Status and headers are sent with the first frame, so that a failure
 * before it is a proper HTTP error. Lives on the event loop of its connection.
 */
final class Exchange {
    private static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final CharSequence COST = HttpHeaders.createOptimized("x-penstock-cost-usd");
    private static final CharSequence ANTHROPICS_REQUEST_ID = HttpHeaders.createOptimized("request-id");
    private static final byte[] SEQUENCE = "\"sequence_number\":".getBytes(StandardCharsets.US_ASCII);
    /** How far a client may be behind whose answer is kept; it can ask for it again. */
    private static final int MOST_BEHIND = 4 << 20;
    private static final int CREDIT_STEP = Signal.INITIAL_CREDIT / 4;

    private final String requestId;
    private final Speech speech;
    private final boolean stream;
    private final long deadline;
    private final HttpServerResponse response;
    private final BiConsumer<String, Signal> signals;
    private final Runnable onEnd;
    private final RouteHeaders heads;

    private @Nullable String worker;
    private int attempt;
    private int nextSequence;
    private boolean answering;
    private boolean ended;
    private int owedCredit;
    /** Whether it goes on without its client, since the answer is kept for an Idempotency-Key. */
    private final boolean kept;
    private boolean clientGone;
    private long lastWrite;
    /** The last events that were written, in an API whose events are numbered. */
    private @Nullable Buffer lastEvents;

    /**
     * @param now in ms of {@link System#currentTimeMillis()}
     * @param heads told who answers
     * @param signals sends a signal to the bus address of a worker
     * @param onEnd run once, when nothing more will be written
     */
    Exchange(RequestEnvelope envelope, long now, HttpServerResponse response, RouteHeaders heads,
            BiConsumer<String, Signal> signals, Runnable onEnd) {
        this.requestId = envelope.getRequestId();
        this.stream = envelope.getStream();
        this.deadline = envelope.getDeadline().toEpochMilli();
        this.speech = Speech.of(envelope.getFormat());
        this.heads = heads;
        this.kept = envelope.getIdempotency() != null;
        this.lastWrite = now;
        this.response = response;
        this.signals = signals;
        this.onEnd = onEnd;
        response.closeHandler(_ -> clientGone());
        response.exceptionHandler(_ -> {}); // followed by the close
    }

    /** The worker that last began an attempt for this exchange, or null. */
    @Nullable
    String worker() {
        return worker;
    }

    /** Whether the client has seen part of an answer. */
    boolean answering() {
        return answering;
    }

    void onFrame(Frame frame, long now) {
        if (frame instanceof Frame.Begun begun) {
            begin(begun);
        } else if (frame.attempt() == attempt) {
            if (frame.sequence() != nextSequence) {
                fail(Refusals.workerLost());
                return;
            }
            nextSequence++;
            lastWrite = now;
            switch (frame) {
                case Frame.Delta delta -> write(Buffer.buffer(delta.data()));
                case Frame.Done done -> finish(Buffer.buffer(done.data()), done.cost());
                case Frame.Failed failed -> answerError(failed.error());
                case Frame.Begun _ -> {
                }
            }
        }
    }

    /** Ends with an error that arose here, and calls off the worker. */
    void fail(ApiError error) {
        callOff();
        answerError(error);
    }

    /** Called every second or so: keeps a silent stream alive, and gives up at the deadline. */
    void onTick(long now, long keepAliveMs) {
        if (now >= deadline) {
            fail(Refusals.deadlinePassed());
        } else if (stream && !clientGone && now - lastWrite >= keepAliveMs && !response.writeQueueFull()) {
            lastWrite = now;
            sendStreamHead();
            response.write(heads.keepAlive(speech, answering));
        }
    }

    private void begin(Frame.Begun begun) {
        if (answering) { // a second telling would repeat the first
            signals.accept(begun.worker(), new Signal.Cancel(requestId));
            return;
        }
        worker = begun.worker();
        attempt = begun.attempt();
        heads.begun(begun.candidate());
        nextSequence = 1;
    }

    private void write(Buffer events) {
        answering = true;
        if (clientGone) {
            return;
        }
        sendStreamHead();
        if (speech == Speech.RESPONSES) {
            lastEvents = events;
        }
        response.write(events);
        owedCredit += events.length();
        if (kept) { // what is kept is not held up by a slow client
            if (!response.writeQueueFull()) {
                owedCredit = 0;
            } else if (owedCredit > MOST_BEHIND) {
                response.reset();
                clientGone = true;
            }
        } else if (owedCredit >= CREDIT_STEP) {
            if (response.writeQueueFull()) {
                response.drainHandler(_ -> giveCredit());
            } else {
                giveCredit();
            }
        }
    }

    private void giveCredit() {
        if (worker != null && !ended && owedCredit > 0) {
            int bytes = owedCredit;
            owedCredit = 0;
            signals.accept(worker, new Signal.Credit(requestId, bytes));
        }
    }

    /** The cost of a stream is in its last events; its head has been sent. */
    private void finish(Buffer rest, @Nullable Long cost) {
        if (clientGone) {
            end(rest);
            return;
        }
        if (stream) {
            sendStreamHead();
        } else {
            if (cost != null) {
                response.putHeader(COST, Responses.dollars(cost));
            }
            sendHead(200, Responses.JSON);
        }
        end(rest);
    }

    private void answerError(ApiError error) {
        if (ended) {
            return;
        }
        if (clientGone) {
            end(Buffer.buffer());
        } else if (response.headWritten()) {
            end(Buffer.buffer(speech.lastEvent(error, nextNumber())));
        } else {
            ended = true;
            onEnd.run();
            putRequestId();
            heads.put(response);
            Responses.error(response, speech, error);
        }
    }

    private void sendStreamHead() {
        if (!response.headWritten()) {
            response.setChunked(true).putHeader(HttpHeaders.CACHE_CONTROL, NO_CACHE);
            sendHead(200, Responses.EVENT_STREAM);
        }
    }

    private void sendHead(int status, CharSequence contentType) {
        heads.put(response);
        response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, contentType);
        putRequestId();
    }

    private void putRequestId() {
        putRequestId(response, speech, requestId);
    }

    static void putRequestId(HttpServerResponse response, Speech speech, String requestId) {
        response.putHeader(speech == Speech.MESSAGES ? ANTHROPICS_REQUEST_ID : REQUEST_ID, requestId);
    }

    private int nextNumber() {
        return lastEvents == null ? 0 : numberAfter(lastEvents);
    }

    /** The number of the event after the last. Within a text the quotes of what is searched for would be escaped. */
    static int numberAfter(Buffer events) {
        byte[] bytes = events.getBytes();
        int at = bytes.length - SEQUENCE.length;
        while (at >= 0 && !Arrays.equals(bytes, at, at + SEQUENCE.length, SEQUENCE, 0, SEQUENCE.length)) {
            at--;
        }
        int number = 0;
        for (int i = at + SEQUENCE.length; at >= 0 && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = number * 10 + bytes[i] - '0';
        }
        return number + 1;
    }

    private void end(Buffer last) {
        ended = true;
        onEnd.run();
        if (!clientGone) {
            response.end(last);
        }
    }

    private void clientGone() {
        clientGone = true;
        if (!ended && !kept) {
            ended = true;
            onEnd.run();
            callOff();
        }
    }

    private void callOff() {
        if (worker != null) {
            signals.accept(worker, new Signal.Cancel(requestId));
        }
    }
}
