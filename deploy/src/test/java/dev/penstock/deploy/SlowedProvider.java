package dev.penstock.deploy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a simulated provider: makes it slower or fail while it runs, counts, and keeps the last body. */
final class SlowedProvider {
    final AtomicInteger calls = new AtomicInteger();
    volatile int delayMs;
    volatile boolean failing;
    /** Words to the simulator with every request; empty: none. */
    volatile String words = "";
    volatile String lastBody = "";

    private final Vertx vertx;
    private final URI simulator;
    private final HttpClient client;
    private final HttpServer server;

    SlowedProvider(Vertx vertx, URI simulator) {
        this.vertx = vertx;
        this.simulator = simulator;
        this.client = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false), // a call that broke off leaves nothing
                new PoolOptions().setHttp1MaxSize(200));
        this.server = vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(
                body -> answer(request, body))).listen(0, "127.0.0.1").await();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort() + "/v1");
    }

    private void answer(HttpServerRequest request, Buffer body) {
        calls.incrementAndGet();
        lastBody = body.toString();
        if (failing) {
            request.response().setStatusCode(503).end("{\"error\":{\"message\":\"overloaded\"}}");
        } else {
            vertx.setTimer(1 + delayMs, _ -> forward(request, body));
        }
    }

    private void forward(HttpServerRequest request, Buffer body) {
        client.request(HttpMethod.POST, simulator.getPort(), simulator.getHost(), request.path())
                .compose(
                        call -> call.putHeader("content-type", "application/json").putHeader("x-sim", words).send(body))
                .onSuccess(answer -> {
                    if (request.response().closed()) {
                        return;
                    }
                    var response = request.response().setStatusCode(answer.statusCode()).setChunked(true);
                    response.putHeader("content-type", answer.getHeader("content-type"));
                    // What came before a break is passed on too.
                    answer.handler(response::write).endHandler(_ -> response.end())
                            .exceptionHandler(_ -> vertx.setTimer(20, _ -> response.reset()));
                }).onFailure(_ -> request.response().reset());
    }
}
