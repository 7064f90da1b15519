package dev.penstock.dispatcher;

import dev.penstock.schemas.till.LedgerLine;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Carries admitted requests to providers and their answers back, with a worker on each of its event loops. */
public final class Dispatcher {
    private final Vertx vertx;
    private final AttemptLog log;
    private final LedgerLine line;
    private final @Nullable HandoverRunner handovers;
    private final List<Worker> workers = new CopyOnWriteArrayList<>();

    private Dispatcher(Vertx vertx, AttemptLog log, LedgerLine line, @Nullable HandoverRunner handovers) {
        this.vertx = vertx;
        this.line = line;
        this.log = log;
        this.handovers = handovers;
    }

    /** Starts a dispatcher; the future completes when its workers have asked for their share of the queues. */
    public static Future<Dispatcher> start(Vertx vertx, DispatcherConfig config) {
        return vertx
                .executeBlocking(() -> {
                    var log = new AttemptLog(vertx, config.topics(), config.kafka());
                    log.learn(config.queues());
                    log.learn(List.of(config.topics().responses().name(), config.topics().idempotency().name()));
                    var line = LedgerLine.open(config.kafka(), config.topics(), "penstock-dispatcher-ledger",
                            Map.of());
                    return new Dispatcher(vertx, log, line, HandoverRunner.start(config));
                })
                .compose(dispatcher -> dispatcher.deploy(config));
    }

    /** Completes when every worker owns partitions of its own. */
    public Future<Void> assigned() {
        return Future.all(workers.stream().map(Worker::assigned).toList()).mapEmpty();
    }

    /** Takes no more records, lets open calls end within the drain time; completes when all is released. */
    public Future<Void> close() {
        return Future.join(workers.stream().map(Worker::drain).toList()).transform(_ -> vertx.executeBlocking(() -> {
            release();
            return null;
        }));
    }

    private Future<Dispatcher> deploy(DispatcherConfig config) {
        return vertx.deployVerticle(() -> {
            var worker = new Worker(config, log, line);
            workers.add(worker);
            return worker;
        }, new DeploymentOptions().setInstances(config.eventLoops())).map(this).onFailure(_ -> release());
    }

    private void release() {
        if (handovers != null) {
            handovers.close();
        }
        log.close();
        line.close();
    }
}
