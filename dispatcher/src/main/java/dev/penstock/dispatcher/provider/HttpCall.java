package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.policy.Headroom;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call over HTTP. What the answer means is the {@link Answer}'s to say; here are its socket and its clock. */
final class HttpCall implements ProviderCall {
    private static final Logger LOG = LoggerFactory.getLogger(HttpCall.class);
    private static final long NO_TIMER = -1;
    private static final long BURST_NANOS = 200_000;
    /** Well below the credit of a stream, which a burst must not overrun by much. */
    private static final int BURST_BYTES = 16 * 1024;

    private final Vertx vertx;
    private final Provider provider;
    private final Dialect dialect;
    private final Continuation continuation;
    private final AnswerSink sink;
    private final Tally tally;
    private final Encoders encoders;
    private final Promise<Outcome> outcome;

    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private @Nullable Answer answer;
    private @Nullable Buffer heard;
    private List<String> dropped = List.of();
    private Headroom headroom = Headroom.UNKNOWN;
    private boolean settled;
    private boolean paused;
    private Duration patience;
    private long lastHeard;
    private long timer = NO_TIMER;

    /** Makes what writes the answer down for the client. */
    record Encoders(Supplier<AnswerEncoder> whole, Supplier<StreamEncoder> streamed) {
        private static final String PARALLEL_TOOL_CALLS = "parallel_tool_calls";

        static Encoders of(RequestEnvelope envelope, Tally tally, AnswerSink sink) {
            return new Encoders(() -> AnswerEncoder.whole(envelope), () -> StreamEncoder.of(envelope, tally, sink));
        }

        /** Those that see to it that a caller gets what the provider could not be told of. */
        Encoders keeping(List<String> dropped) {
            return dropped.contains(PARALLEL_TOOL_CALLS)
                    ? new Encoders(() -> new OneCallEncoder(whole.get()), () -> new OneCallEncoder(streamed.get()))
                    : this;
        }
    }

    HttpCall(Vertx vertx, Provider provider, Dialect dialect, Continuation continuation, Tally tally,
            Encoders encoders, AnswerSink sink) {
        this.vertx = vertx;
        this.provider = provider;
        this.dialect = dialect;
        this.continuation = continuation;
        this.sink = sink;
        this.tally = tally;
        this.encoders = encoders;
        this.outcome = Promise.promise();
        this.patience = provider.timeouts().firstByte();
    }

    void start(HttpClient http, OutboundRequest outbound) {
        dropped = outbound.dropped();
        var url = provider.baseUrl();
        boolean tls = url.getScheme().equals("https");
        var options = new RequestOptions().setMethod(HttpMethod.POST).setHost(url.getHost()).setSsl(tls)
                .setPort(url.getPort() > 0 ? url.getPort() : tls ? 443 : 80).setURI(outbound.path())
                .setConnectTimeout(provider.timeouts().connect().toMillis());
        outbound.headers().forEach(options::putHeader);
        http.request(options).onComplete(connected -> {
            if (connected.failed()) {
                settle(Outcome.unanswered(
                        connected.cause() instanceof TimeoutException ? Failures.TIMEOUT : Failures.UNREACHABLE));
            } else if (settled) {
                connected.result().reset();
            } else {
                post(connected.result(), outbound.body());
            }
        });
    }

    /** Ends a call that is not made. */
    void refuse(ApiError why) {
        settle(new Outcome.Refused(why));
    }

    private void post(HttpClientRequest connected, byte[] body) {
        request = connected;
        watch();
        connected.send(Buffer.buffer(body)).onComplete(head -> {
            if (head.succeeded()) {
                receive(head.result());
            } else {
                cut(Failures.CONNECTION_LOST);
            }
        });
    }

    private void receive(HttpClientResponse head) {
        if (settled) {
            return;
        }
        response = head;
        headroom = RateLimits.read(head::getHeader);
        answer = answer(head);
        head.handler(this::hear).endHandler(_ -> end()).exceptionHandler(_ -> cut(Failures.CONNECTION_LOST));
        if (paused) {
            head.pause();
        }
    }

    private Answer answer(HttpClientResponse head) {
        int status = head.statusCode();
        if (status < 200 || status > 299) {
            return new ErrorAnswer(dialect, status, head::getHeader, tally);
        }
        RequestEnvelope envelope = continuation.asked();
        if (envelope.getFormat() == Format.EMBEDDINGS || envelope.getFormat() == Format.MODERATIONS) {
            return new PassedAnswer(tally);
        }
        String type = String.valueOf(head.getHeader("content-type")).toLowerCase(Locale.ROOT);
        return envelope.getStream() && !type.startsWith("application/json")
                ? new StreamedAnswer(dialect.streamDecoder(envelope), encoders.streamed().get(), continuation, tally,
                        sink)
                : new WholeAnswer(dialect, envelope, encoders.whole().get(), tally);
    }

    /** A provider may send every token as an HTTP chunk: of a burst of them, those that one turn of the event loop brings go on together. */
    private void hear(Buffer bytes) {
        long now = System.nanoTime();
        boolean burst = now - lastHeard < BURST_NANOS;
        lastHeard = now;
        if (!patience.equals(provider.timeouts().idle())) {
            patience = provider.timeouts().idle();
            watch();
        }
        if (heard != null) {
            heard = heard.appendBuffer(bytes);
        } else {
            heard = bytes;
            if (burst) {
                vertx.runOnContext(_ -> feed());
            }
        }
        if (!burst || heard.length() >= BURST_BYTES) {
            feed();
        }
    }

    private void feed() {
        Buffer bytes = heard;
        heard = null;
        Outcome over = settled || answer == null || bytes == null ? null : answer.feed(bytes.getBytes());
        if (over != null) {
            settle(over);
            if (!(over instanceof Outcome.Completed)) {
                reset();
            }
        }
    }

    private void end() {
        feed();
        if (!settled && answer != null) {
            settle(answer.end());
        }
        unwatch();
    }

    private void cut(ApiError why) {
        feed();
        if (!settled) {
            settle(answer == null ? Outcome.unanswered(why) : answer.cut(why));
        }
        reset();
    }

    /** After a completed stream the last bytes of the body are still read, so that the connection can be used again. */
    private void settle(Outcome how) {
        if (settled) {
            return;
        }
        settled = true;
        if (how instanceof Outcome.Refused refused && refused.ofKey()) {
            LOG.warn("Provider {} does not accept our credentials or account", provider.name());
        }
        resume();
        outcome.complete(how);
    }

    @Override
    public Future<Outcome> outcome() {
        return outcome.future();
    }

    @Override
    public List<String> dropped() {
        return dropped;
    }

    @Override
    public Headroom headroom() {
        return headroom;
    }

    @Override
    public void cancel() {
        feed();
        if (!settled) {
            boolean sent = request != null;
            settle(new Outcome.Abandoned(answer != null
                    ? answer.consumption()
                    : sent ? tally.consumption() : tally.before()));
            reset();
        }
    }

    @Override
    public void pause() {
        if (!settled && !paused) {
            paused = true;
            unwatch();
            if (response != null) {
                response.pause();
            }
        }
    }

    @Override
    public void resume() {
        if (paused) {
            paused = false;
            if (request != null) {
                watch();
            }
            if (response != null) {
                response.resume();
            }
        }
    }

    private void reset() {
        unwatch();
        if (request != null) {
            request.reset();
        }
    }

    /** Begins to wait for the next bytes, unless it is we who do not read them. */
    private void watch() {
        unwatch();
        lastHeard = System.nanoTime();
        if (!paused) {
            timer = vertx.setTimer(patience.toMillis(), _ -> checkSilence());
        }
    }

    private void unwatch() {
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
            timer = NO_TIMER;
        }
    }

    /** One timer for many buffers: it is set again for what was left of the time when the last of them came. */
    private void checkSilence() {
        long leftMillis = patience.toMillis() - Duration.ofNanos(System.nanoTime() - lastHeard).toMillis();
        if (leftMillis > 0) {
            timer = vertx.setTimer(leftMillis, _ -> checkSilence());
        } else {
            timer = NO_TIMER;
            cut(Failures.TIMEOUT);
        }
    }
}
