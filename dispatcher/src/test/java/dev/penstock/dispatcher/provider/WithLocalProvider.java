package dev.penstock.dispatcher.provider;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/**
 * A client and, at the other end of a real connection, a server that behaves or misbehaves as a test tells it to. The
 * client has one connection, and what it hands over is kept in {@link #seen}.
 */
@Timeout(30)
abstract class WithLocalProvider {
    static final String CHUNK = """
            data: {"created":5,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}

            """;
    static final String END = """
            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}

            data: [DONE]

            """;

    final Vertx vertx = Vertx.vertx();
    final Context loop = vertx.getOrCreateContext();
    final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    final Promise<Void> firstDelta = Promise.promise();
    HttpServer server;
    ProviderClient client;
    volatile Behaviour behaviour = (_, _) -> {};

    interface Behaviour {
        void answer(HttpServerRequest request, Buffer body);
    }

    int calledAgain;

    @BeforeEach
    void start() throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> behaviour.answer(request, body)))
                .listen(0, "127.0.0.1").await(10, SECONDS);
        client = client(new Provider.Timeouts(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofMillis(500)));
    }

    ProviderClient client(Provider.Timeouts timeouts) throws Exception {
        return client(server.actualPort(), timeouts);
    }

    ProviderClient client(int port, Provider.Timeouts timeouts) throws Exception {
        return client(ProviderKind.OPENAI_COMPATIBLE, port, timeouts);
    }

    ProviderClient client(ProviderKind kind, int port, Provider.Timeouts timeouts) throws Exception {
        var provider = new Provider("local", kind, URI.create("http://127.0.0.1:" + port + "/v1"),
                new Secret("sk-secret"), 1, timeouts);
        return onLoop(() -> new ProviderClient(vertx, provider, Samples.catalog(provider)));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, SECONDS);
    }

    <T> T onLoop(Callable<T> work) throws InterruptedException, ExecutionException, TimeoutException {
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

    ProviderCall send(RequestEnvelope envelope) throws Exception {
        return onLoop(() -> client.send(envelope, Samples.CANDIDATE, 0, new AnswerSink() {
            @Override
            public void delta(byte[] events) {
                assertThat(Vertx.currentContext()).isSameAs(loop);
                seen.writeBytes(events);
                firstDelta.tryComplete();
            }

            @Override
            public void calledAgain() {
                calledAgain++;
            }
        }));
    }

    Outcome outcome(RequestEnvelope envelope, Behaviour how) throws Exception {
        behaviour = how;
        return await(send(envelope).outcome());
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(10, SECONDS);
    }

    static HttpServerResponse stream(HttpServerRequest request) {
        return request.response().setChunked(true).putHeader("content-type", "text/event-stream; charset=utf-8");
    }

    String seen() {
        return seen.toString(StandardCharsets.UTF_8);
    }
}
