package dev.penstock.deploy;

import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.dispatcher.DispatcherConfig;
import dev.penstock.ingress.Ingress;
import dev.penstock.ingress.IngressConfig;
import dev.penstock.metering.Metering;
import dev.penstock.metering.MeteringConfig;
import dev.penstock.schemas.catalog.Cap;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;

/** All three roles in one process. Its topics have to be there. */
final class Installation {
    private static final long READY_POLL_MS = 20;

    private final Vertx vertx;
    private final Ingress ingress;
    private final Dispatcher dispatcher;
    private final Metering metering;
    private final Duration patience;

    private Installation(Vertx vertx, Ingress ingress, Dispatcher dispatcher, Metering metering, Duration patience) {
        this.vertx = vertx;
        this.ingress = ingress;
        this.dispatcher = dispatcher;
        this.metering = metering;
        this.patience = patience;
    }

    /** Starts the roles side by side; completes when a request would be answered and metered. */
    static Future<Installation> start(Vertx vertx, IngressConfig ingress, DispatcherConfig dispatcher,
            MeteringConfig metering) {
        Future<Metering> metered = vertx.executeBlocking(() -> Metering.start(metering), false);
        Future<Dispatcher> dispatched = Dispatcher.start(vertx, dispatcher);
        Future<Ingress> served = Ingress.start(vertx, ingress);
        return Future.all(metered, dispatched, served)
                .map(_ -> new Installation(vertx, served.result(), dispatched.result(), metered.result(),
                        dispatcher.drain()))
                .compose(all -> Future.all(all.dispatcher.assigned(), ready(vertx, all.metering)).map(all));
    }

    /** The port that the ingress listens on. */
    int port() {
        return ingress.port();
    }

    /** The settings have changed: these are their caps from now on, by account. */
    void configure(Map<String, Cap> caps) {
        metering.configure(caps);
        ingress.configure(caps);
    }

    /** Stops in the order of a request's way, so that what was accepted is answered; completes when all is released. */
    Future<Void> close() {
        return ingress.close(patience).transform(_ -> dispatcher.close())
                .transform(_ -> vertx.executeBlocking(() -> {
                    metering.close();
                    return null;
                }, false));
    }

    /** Completes when metering processes what comes. */
    static Future<Void> ready(Vertx vertx, Metering metering) {
        Promise<Void> ready = Promise.promise();
        vertx.setPeriodic(READY_POLL_MS, timer -> {
            if (metering.ready() && vertx.cancelTimer(timer)) {
                ready.complete();
            }
        });
        return ready.future();
    }
}
