package dev.penstock.deploy.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Plays a plan against a target once. Everything happens on one event loop, the only one that its Vert.x may have: the
 * client then needs no lock, and spends little on a token.
 */
final class Round {
    /** What is still open so long after the answer should have ended is lost. */
    private static final long PATIENCE_SECONDS = 120;

    private final Vertx vertx;
    private final HttpClient client;
    private final Plan plan;
    private final RequestOptions options;
    private final Buffer body;
    private final Footprint footprint;
    private final Findings findings = new Findings();
    private final Set<Call> open = new HashSet<>();
    private final Promise<Findings> finished = Promise.promise();
    private long startNanos;
    private int sent;

    private Round(Vertx vertx, HttpClient client, Target target, Plan plan) {
        this.vertx = vertx;
        this.client = client;
        this.plan = plan;
        this.options = new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(target.chatUrl())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        if (!target.apiKey().isEmpty()) {
            options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + target.apiKey());
        }
        this.body = Buffer.buffer(plan.body(target.model()));
        this.footprint = new Footprint(target.pid());
    }

    /** One that keeps its connections, of which a target has at most so many: an open loop must not wait for one. */
    static HttpClient client(Vertx vertx, int connections) {
        return vertx.createHttpClient(new HttpClientOptions().setKeepAliveTimeout(0),
                new PoolOptions().setHttp1MaxSize(connections));
    }

    /** Completes when each request has ended, one way or another; never fails. */
    static Future<Findings> play(Vertx vertx, HttpClient client, Target target, Plan plan) {
        var round = new Round(vertx, client, target, plan);
        vertx.runOnContext(_ -> round.start());
        return round.finished.future();
    }

    private void start() {
        startNanos = System.nanoTime();
        double patience = plan.dueNanos(plan.requests()) / 1e9 + plan.answerSeconds() * 2 + PATIENCE_SECONDS;
        long timer = vertx.setTimer((long) (patience * 1e3), _ -> List.copyOf(open).forEach(Call::lose));
        finished.future().onComplete(_ -> vertx.cancelTimer(timer));
        sendWhatIsDue();
    }

    private void sendWhatIsDue() {
        long elapsed = System.nanoTime() - startNanos;
        while (sent < plan.requests() && plan.dueNanos(sent) <= elapsed) {
            send(startNanos + plan.dueNanos(sent));
            sent++;
        }
        if (sent < plan.requests()) {
            long millis = TimeUnit.NANOSECONDS.toMillis(plan.dueNanos(sent) - elapsed);
            vertx.setTimer(Math.max(1, millis), _ -> sendWhatIsDue());
        }
    }

    private void send(long dueNanos) {
        var call = new Call(plan, dueNanos, findings, this::ended);
        open.add(call);
        client.request(options).compose(request -> send(call, request)).onSuccess(call::answered)
                .onFailure(_ -> call.lose());
    }

    private Future<HttpClientResponse> send(Call call, HttpClientRequest request) {
        call.sent(request);
        return request.send(body);
    }

    private void ended(Call call) {
        open.remove(call);
        if (open.isEmpty() && sent == plan.requests()) {
            findings.close((System.nanoTime() - startNanos) / 1e9, footprint.used());
            finished.complete(findings);
        }
    }
}
