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
final class Exchange implements Pending {
    private static final CharSequence COST = HttpHeaders.createOptimized("x-penstock-cost-usd");
    private static final byte[] SEQUENCE = "\"sequence_number\":".getBytes(StandardCharsets.US_ASCII);
    private static final int CREDIT_STEP = Signal.INITIAL_CREDIT / 4;

    private final String requestId;
    private final Speech speech;
    private final boolean stream;
    private final long deadline;
    private final HttpServerResponse response;
    private final BiConsumer<String, Signal> signals;
    private final Runnable onBegun;
    private final Runnable onEnd;
    private final RouteHeaders heads;

    private @Nullable String worker;
    private int attempt;
    private int nextSequence;
    /** How many pieces of an answer the client has been sent. */
    private int seen;
    private boolean ended;
    private int owedCredit;
    private long lastWrite;
    /** The last events that were written, in an API whose events are numbered. */
    private @Nullable Buffer lastEvents;

    /**
     * @param now in ms of {@link System#currentTimeMillis()}
     * @param heads told who answers
     * @param signals sends a signal to the bus address of a worker
     * @param onBegun run each time that a worker begins with it
     * @param onEnd run once, when nothing more will be written
     */
    Exchange(RequestEnvelope envelope, long now, HttpServerResponse response, RouteHeaders heads,
            BiConsumer<String, Signal> signals, Runnable onBegun, Runnable onEnd) {
        this.requestId = envelope.getRequestId();
        this.stream = envelope.getStream();
        this.deadline = envelope.getDeadline().toEpochMilli();
        this.speech = Speech.of(envelope.getFormat());
        this.heads = heads;
        this.lastWrite = now;
        this.response = response;
        this.signals = signals;
        this.onBegun = onBegun;
        this.onEnd = onEnd;
        response.closeHandler(_ -> clientGone());
        response.exceptionHandler(_ -> {}); // followed by the close
    }

    @Override
    public @Nullable String worker() {
        return worker;
    }

    @Override
    public boolean canGoOnAfter(int pieces) {
        return seen == pieces;
    }

    @Override
    public void onFrame(Frame frame, long now) {
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
    @Override
    public void fail(ApiError error) {
        callOff();
        answerError(error);
    }

    /** Called every second or so: keeps a silent stream alive, and gives up at the deadline. */
    @Override
    public void onTick(long now, long keepAliveMs) {
        if (now >= deadline) {
            fail(Refusals.deadlinePassed());
        } else if (stream && now - lastWrite >= keepAliveMs && !response.writeQueueFull()) {
            lastWrite = now;
            sendStreamHead();
            response.write(heads.keepAlive(speech, seen > 0));
        }
    }

    private void begin(Frame.Begun begun) {
        if (begun.seen() < seen) { // it would repeat what has been told
            signals.accept(begun.worker(), new Signal.Cancel(requestId));
            return;
        }
        onBegun.run();
        worker = begun.worker();
        attempt = begun.attempt();
        if (begun.seen() > seen) { // what it would go on with was lost on its way
            fail(Refusals.workerLost());
            return;
        }
        heads.begun(begun.candidate(), begun.dropped());
        nextSequence = 1;
        owedCredit = 0;
    }

    private void write(Buffer events) {
        sendStreamHead();
        seen++;
        if (speech == Speech.RESPONSES) {
            lastEvents = events;
        }
        response.write(events);
        owedCredit += events.length();
        if (owedCredit >= CREDIT_STEP) {
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
        if (stream) {
            sendStreamHead();
        } else {
            if (cost != null) {
                response.putHeader(COST, Responses.dollars(cost));
            }
            tellHow();
            response.putHeader(HttpHeaders.CONTENT_TYPE, Responses.JSON);
        }
        end(rest);
    }

    private void answerError(ApiError error) {
        if (ended) {
            return;
        }
        if (response.headWritten()) {
            end(Buffer.buffer(speech.lastEvent(error, nextNumber())));
        } else {
            ended = true;
            onEnd.run();
            tellHow();
            Responses.error(response, speech, error);
        }
    }

    private void sendStreamHead() {
        if (!response.headWritten()) {
            tellHow();
            Responses.beginStream(response);
        }
    }

    private void tellHow() {
        heads.put(response);
        Responses.putRequestId(response, speech, requestId);
    }

    /** The number of the event after the last. Within a text the quotes of what is searched for would be escaped. */
    private int nextNumber() {
        if (lastEvents == null) {
            return 0;
        }
        byte[] bytes = lastEvents.getBytes();
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
        response.end(last);
    }

    private void clientGone() {
        if (!ended) {
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
