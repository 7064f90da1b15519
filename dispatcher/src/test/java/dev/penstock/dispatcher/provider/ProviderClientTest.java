package dev.penstock.dispatcher.provider;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against a real server that behaves and misbehaves as providers do. */
@Timeout(30)
class ProviderClientTest {
    private static final String CHUNK = """
            data: {"created":5,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}

            """;
    private static final String END = """
            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}

            data: [DONE]

            """;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final Promise<Void> firstDelta = Promise.promise();
    private HttpServer server;
    private ProviderClient client;
    private volatile Behaviour behaviour = (_, _) -> {};

    private interface Behaviour {
        void answer(HttpServerRequest request, Buffer body);
    }

    @BeforeEach
    void start() throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> behaviour.answer(request, body)))
                .listen(0, "127.0.0.1").await(10, SECONDS);
        client = client(new Provider.Timeouts(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofMillis(500)));
    }

    private ProviderClient client(Provider.Timeouts timeouts) throws Exception {
        var provider = new Provider("local", ProviderKind.OPENAI_COMPATIBLE,
                URI.create("http://127.0.0.1:" + server.actualPort() + "/v1"), new Secret("sk-secret"), 1, timeouts);
        return onLoop(() -> new ProviderClient(vertx, provider));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, SECONDS);
    }

    private <T> T onLoop(Callable<T> work) throws InterruptedException, ExecutionException, TimeoutException {
        var result = new CompletableFuture<T>();
        loop.runOnContext(_ -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result.get(10, SECONDS);
    }

    private ProviderCall send(RequestEnvelope envelope) throws Exception {
        return onLoop(() -> client.send(envelope, Samples.CANDIDATE, events -> {
            assertThat(Vertx.currentContext()).isSameAs(loop);
            seen.writeBytes(events);
            firstDelta.tryComplete();
        }));
    }

    private Outcome outcome(RequestEnvelope envelope, Behaviour how) throws Exception {
        behaviour = how;
        return await(send(envelope).outcome());
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(10, SECONDS);
    }

    private static HttpServerResponse stream(HttpServerRequest request) {
        return request.response().setChunked(true).putHeader("content-type", "text/event-stream; charset=utf-8");
    }

    private String seen() {
        return seen.toString(StandardCharsets.UTF_8);
    }

    @Test
    void streams() throws Exception {
        var received = Promise.<String>promise();
        Outcome outcome = outcome(Samples.streaming(), (request, body) -> {
            received.complete(request.path() + " " + request.getHeader("authorization") + " "
                    + request.getHeader("accept-encoding") + " " + body);
            stream(request).write(CHUNK);
            vertx.setTimer(20, _ -> request.response().end(CHUNK + END));
        });
        assertThat(await(received.future())).isEqualTo("/v1/chat/completions Bearer sk-secret null "
                + "{\"model\":\"acme-1\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":[]}");
        assertThat(seen()).contains("\"content\":\"Hi\"").endsWith("\"finish_reason\":\"stop\"}],\"usage\":null}\n\n");
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Completed.class, completed -> {
            assertThat(completed.consumption()).isEqualTo(new Consumption(new Usage(7, 2, 0, 0, 0), false));
            assertThat(new String(completed.rest(), StandardCharsets.UTF_8)).endsWith("data: [DONE]\n\n");
        });
    }

    @Test
    void answersInOnePiece() throws Exception {
        Outcome outcome = outcome(Samples.whole(), (request, _) -> request.response()
                .putHeader("content-type", "application/json")
                .end("{\"created\":5,\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}"));
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Completed.class,
                completed -> assertThat(new String(completed.rest(), StandardCharsets.UTF_8)).startsWith(
                        "{\"id\":\"chatcmpl-abc123\",\"object\":\"chat.completion\",\"created\":5,\"model\":\"m\","
                                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\",\"refusal\":null}"));
        assertThat(seen.size()).isZero();
    }

    @Test
    void keepsTheConnectionAfterAnAnswer() throws Exception {
        var connections = new ConcurrentSkipListSet<String>();
        for (int i = 0; i < 3; i++) {
            Outcome outcome = outcome(Samples.streaming(), (request, _) -> {
                connections.add(request.connection().remoteAddress().toString());
                stream(request).write(CHUNK + END);
                vertx.setTimer(50, _ -> request.response().end());
            });
            assertThat(outcome).isInstanceOf(Outcome.Completed.class);
        }
        assertThat(connections).hasSize(1);
    }

    @Test
    void tellsRefusalsFromRejections() throws Exception {
        assertThat(status(429, "{\"error\":{\"message\":\"slow down\"}}"))
                .isEqualTo(new Outcome.Refused(new ApiError(429,
                        "requests", "rate_limit_exceeded", null, "The provider's rate limit is reached.", 3)));
        assertThat(status(503, "")).isInstanceOf(Outcome.Refused.class);
        assertThat(status(401, "{}")).isEqualTo(new Outcome.Refused(Failures.AUTHENTICATION));
        assertThat(status(400, "{\"error\":{\"message\":\"Bad\",\"param\":\"seed\"}}")).isEqualTo(new Outcome.Rejected(
                new ApiError(400, "invalid_request_error", null, "seed", "Bad", null)));
    }

    private Outcome status(int status, String body) throws Exception {
        return outcome(Samples.streaming(), (request, _) -> request.response().setStatusCode(status)
                .putHeader("retry-after", "3").putHeader("content-type", "application/json").end(body));
    }

    @Test
    void isRefusedWhenNobodyAnswersTheDoor() throws Exception {
        server.close().await(10, SECONDS);
        assertThat(await(send(Samples.streaming()).outcome())).isEqualTo(new Outcome.Refused(Failures.UNREACHABLE));
    }

    @Test
    void isRefusedWhenTheConnectionBreaksBeforeTheFirstToken() throws Exception {
        assertThat(outcome(Samples.streaming(), (request, _) -> request.connection().close()))
                .isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
        assertThat(outcome(Samples.streaming(), (request, _) -> stream(request).write(": hello\n\n")
                .onSuccess(_ -> request.connection().close())))
                .isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
    }

    @Test
    void isBrokenWhenTheConnectionBreaksAfter() throws Exception {
        Outcome outcome = outcome(Samples.streaming(),
                (request, _) -> stream(request).write(CHUNK).onSuccess(_ -> request.connection().close()));
        assertThat(outcome).isEqualTo(
                new Outcome.Broken(Failures.CONNECTION_LOST, new Consumption(new Usage(4, 1, 0, 0, 0), true)));
        assertThat(seen()).contains("Hi");
    }

    @Test
    void isBrokenOrRefusedWhenAWholeAnswerIsCut() throws Exception {
        Behaviour cut = (request, _) -> request.response().putHeader("content-length", "100").write("{\"choices\":")
                .onSuccess(_ -> request.connection().close());
        assertThat(outcome(Samples.whole(), cut)).isInstanceOf(Outcome.Broken.class);
        Behaviour nothing = (request, _) -> request.response().putHeader("content-length", "100").write("\n")
                .onSuccess(_ -> request.connection().close());
        assertThat(outcome(Samples.whole(), nothing)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void runsOutOfPatience() throws Exception {
        client = client(new Provider.Timeouts(Duration.ofSeconds(5), Duration.ofMillis(100), Duration.ofMillis(100)));
        var closed = Promise.<Void>promise();
        assertThat(outcome(Samples.streaming(), (request, _) -> request.connection().closeHandler(closed::complete)))
                .isEqualTo(new Outcome.Refused(Failures.TIMEOUT));
        await(closed.future());
        assertThat(outcome(Samples.streaming(), (request, _) -> stream(request).write(CHUNK)))
                .isInstanceOfSatisfying(Outcome.Broken.class,
                        broken -> assertThat(broken.error()).isEqualTo(Failures.TIMEOUT));
    }

    @Test
    void waitsNoLongerForAConnectionThanConfigured() throws Exception {
        behaviour = (_, _) -> {};
        ProviderCall first = send(Samples.streaming());
        assertThat(await(send(Samples.streaming()).outcome())).isEqualTo(new Outcome.Refused(Failures.TIMEOUT));
        assertThat(first.outcome().isComplete()).isFalse();
    }

    @Test
    void findsGarbageAndErrorsWithinA200() throws Exception {
        assertThat(outcome(Samples.streaming(), (request, _) -> stream(request).end("data: {\u0001\n\n")))
                .isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(outcome(Samples.whole(), (request, _) -> request.response().end("<html>")))
                .isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        Behaviour error = (request, _) -> request.response().putHeader("content-type", "application/json")
                .end("{\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\"}}");
        assertThat(outcome(Samples.streaming(), error)).isInstanceOf(Outcome.Rejected.class);
        assertThat(outcome(Samples.whole(), error)).isInstanceOf(Outcome.Rejected.class);
        assertThat(seen.size()).isZero();
    }

    @Test
    void letsTheProviderNoticeACancelAtOnce() throws Exception {
        var closed = Promise.<Void>promise();
        behaviour = (request, _) -> {
            request.connection().closeHandler(closed::complete);
            stream(request).write(CHUNK);
        };
        ProviderCall call = send(Samples.streaming());
        await(firstDelta.future());
        loop.runOnContext(_ -> call.cancel());
        await(closed.future());
        assertThat(await(call.outcome()))
                .isEqualTo(new Outcome.Abandoned(new Consumption(new Usage(4, 1, 0, 0, 0), true)));
    }

    @Test
    void cancelsACallThatHasNoConnectionYet() throws Exception {
        ProviderCall call = onLoop(() -> {
            ProviderCall begun = client.send(Samples.streaming(), Samples.CANDIDATE, _ -> {});
            begun.cancel();
            return begun;
        });
        assertThat(await(call.outcome()))
                .isEqualTo(new Outcome.Abandoned(new Consumption(new Usage(0, 0, 0, 0, 0), true)));
    }

    @Test
    void stopsTheProviderWhilePausedAndLosesNothing() throws Exception {
        var full = Promise.<Void>promise();
        var drained = Promise.<Void>promise();
        Buffer block = Buffer.buffer(CHUNK.repeat(1000));
        int[] blocks = {0};
        behaviour = (request, _) -> {
            HttpServerResponse response = stream(request);
            while (!response.writeQueueFull()) {
                response.write(block);
                blocks[0]++;
            }
            vertx.setPeriodic(100, timer -> {
                if (!response.writeQueueFull()) {
                    response.write(block);
                    blocks[0]++;
                } else {
                    vertx.cancelTimer(timer);
                    full.complete();
                }
            });
            full.future().onSuccess(_ -> response.drainHandler(_ -> {
                drained.tryComplete();
                response.end(END);
            }));
        };
        ProviderCall call = onLoop(() -> {
            ProviderCall begun = client.send(Samples.streaming(), Samples.CANDIDATE, seen::writeBytes);
            begun.pause();
            return begun;
        });
        await(full.future());
        assertThat(seen.size()).isZero();
        assertThat(drained.future().isComplete()).isFalse();
        loop.runOnContext(_ -> call.resume());
        await(drained.future());
        assertThat(await(call.outcome())).isInstanceOf(Outcome.Completed.class);
        assertThat(seen().split("\"content\":\"Hi\"", -1)).hasSize(blocks[0] * 1000 + 1);
    }

    @Test
    void isNotImpatientWhilePaused() throws Exception {
        client = client(new Provider.Timeouts(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofMillis(200)));
        var waited = Promise.<Void>promise();
        behaviour = (request, _) -> {
            stream(request).write(CHUNK);
            vertx.setTimer(600, _ -> {
                request.response().end(END);
                waited.complete();
            });
        };
        ProviderCall call = send(Samples.streaming());
        await(firstDelta.future());
        loop.runOnContext(_ -> call.pause());
        await(waited.future());
        assertThat(call.outcome().isComplete()).isFalse();
        loop.runOnContext(_ -> call.resume());
        assertThat(await(call.outcome())).isInstanceOf(Outcome.Completed.class);
    }

    @Test
    void closesWhatIsOpen() throws Exception {
        behaviour = (request, _) -> stream(request).write(CHUNK);
        ProviderCall call = send(Samples.streaming());
        await(firstDelta.future());
        await(client.close());
        assertThat(await(call.outcome())).isInstanceOf(Outcome.Broken.class);
    }
}
