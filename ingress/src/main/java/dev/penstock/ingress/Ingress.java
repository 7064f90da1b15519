package dev.penstock.ingress;

import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.till.LedgerLine;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The HTTP front: turns requests into admitted records, and frames into responses. */
public final class Ingress {
    /** As long as the log of requests is waited for. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final RequestLog log;
    private final ResponseLog answers;
    private final SpendTable table;
    private final LedgerLine line;
    private final Limiter limiter;
    private final StoredFiles files;
    private final Batches batches;
    private final IdempotencyKeys keys;
    private final List<IngressServer> servers = new CopyOnWriteArrayList<>();

    private Ingress(Vertx vertx, IngressConfig config, Limiter limiter) throws IOException {
        this.limiter = limiter;
        this.vertx = vertx;
        this.log = RequestLog.open(config);
        this.answers = ResponseLog.open(config);
        this.table = SpendTable.open(config);
        this.line = LedgerLine.open(config.kafka(), config.topics(), "penstock-ingress-ledger",
                Caps.configured(config.catalog()));
        this.files = new StoredFiles(vertx, config.kafka(), config.topics(), config.store());
        this.batches = Batches.start(vertx, config, files, line);
        this.keys = new IdempotencyKeys(vertx, config);
    }

    /** Starts an ingress, a server on each of its event loops; the future completes when it serves. */
    public static Future<Ingress> start(Vertx vertx, IngressConfig config) {
        var limiter = new Limiter(vertx, config.catalog());
        return vertx.executeBlocking(() -> new Ingress(vertx, config, limiter))
                .compose(ingress -> ingress.deploy(config)).onFailure(_ -> limiter.close());
    }

    /** The port it listens on. */
    public int port() {
        return servers.getFirst().port();
    }

    /** Takes no more requests and gives the open ones up to {@code patience} to end; completes when all is released. */
    public Future<Void> close(Duration patience) {
        return Future.join(servers.stream().map(server -> server.drain(patience)).toList())
                .transform(_ -> limiter.close()).transform(_ -> vertx.executeBlocking(() -> {
                    release();
                    return null;
                }));
    }

    /** The settings have changed: these are their caps from now on, by account. */
    public void configure(Map<String, Cap> caps) {
        line.configure(caps);
    }

    private Future<Ingress> deploy(IngressConfig config) {
        var callers = new Callers(config.catalog(), config.admins());
        var streams = new UsageStreams(config);
        return readLogs().compose(_ -> vertx.deployVerticle(() -> {
            var server = new IngressServer(config, callers, log, answers, table, streams, line, limiter, files,
                    batches, keys);
            servers.add(server);
            return server;
        }, new DeploymentOptions().setInstances(config.eventLoops()))).map(this).onFailure(_ -> release());
    }

    /**
     * Completes when it knows what files, batches and keys there are, and can write of others; without that it would answer
     * 503 for some milliseconds, or call a file unknown that is there.
     */
    private Future<Void> readLogs() {
        return Future.all(Stream.of(files.ready(), batches.ready(), keys.ready())
                .map(known -> Future.fromCompletionStage(known, vertx.getOrCreateContext())).toList())
                .timeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).mapEmpty();
    }

    private void release() {
        keys.close();
        batches.close();
        files.close();
        log.close();
        answers.close();
        table.close();
        line.close();
    }
}
