package dev.penstock.ingress;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The HTTP front: turns requests into admitted records, and frames into responses. */
public final class Ingress {
    private Ingress() {}

    /** Starts an ingress; the future completes when it serves. */
    public static Future<Ingress> start(Vertx vertx, IngressConfig config) {
        return Future.failedFuture(new UnsupportedOperationException());
    }

    /** The port it listens on. */
    public int port() {
        return 0;
    }

    /** Stops taking requests, lets the open ones end within {@code deadline}; completes when all is released. */
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
