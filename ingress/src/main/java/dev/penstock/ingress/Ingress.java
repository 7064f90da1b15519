package dev.penstock.ingress;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The HTTP front: turns requests into admitted records, and frames into responses. */
public final class Ingress {
    private final Vertx vertx;
    private final RequestLog log;
    private final UsageFeed feed;
    private final List<Instance> instances = new CopyOnWriteArrayList<>();
    private String deployment = "";

    private Ingress(Vertx vertx, RequestLog log, UsageFeed feed) {
        this.vertx = vertx;
        this.log = log;
        this.feed = feed;
    }

    /** Starts an ingress; the future completes when it serves. */
    public static Future<Ingress> start(Vertx vertx, IngressConfig config) {
        return vertx.executeBlocking(() -> new Ingress(vertx, RequestLog.open(config), UsageFeed.open(config)))
            .compose(ingress -> ingress.deploy(config));
    }

    /** The port it listens on. */
    public int port() {
        return instances.getFirst().server.port();
    }

    /** Takes no more requests, gives the open ones up to {@code patience} to end; completes when all is released. */
    public Future<Void> close(Duration patience) {
        return Future.join(instances.stream().map(instance -> instance.server.drain(patience)).toList())
            .eventually(() -> vertx.undeploy(deployment)).eventually(() -> vertx.executeBlocking(() -> {
                log.close();
                feed.close();
                return null;
            })).mapEmpty();
    }

    private Future<Ingress> deploy(IngressConfig config) {
        var callers = new Callers(config.catalog());
        return vertx
            .deployVerticle(() -> new Instance(config, callers),
                new DeploymentOptions().setInstances(config.eventLoops()))
            .onSuccess(id -> deployment = id).map(this).onFailure(_ -> {
                log.close();
                feed.close();
            });
    }

    /** One event loop's worth of an ingress. */
    private final class Instance extends AbstractVerticle {
        private final IngressConfig config;
        private final Callers callers;
        private @org.jspecify.annotations.Nullable IngressServer opened;

        Instance(IngressConfig config, Callers callers) {
            this.config = config;
            this.callers = callers;
        }
    }
}
