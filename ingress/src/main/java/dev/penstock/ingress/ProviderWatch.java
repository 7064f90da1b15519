package dev.penstock.ingress;

import dev.penstock.ingress.routing.Sights;
import dev.penstock.schemas.bus.WorkerStatus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.concurrent.TimeUnit;

/** Listens to what the workers say of their providers. Lives on one event loop. */
final class ProviderWatch {
    private final Sights sights = new Sights();
    private final MessageConsumer<WorkerStatus> statuses;

    /** To be made on the event loop that will own it. */
    ProviderWatch(Vertx vertx) {
        statuses = vertx.eventBus().consumer(WorkerStatus.ADDRESS, message -> sights.heard(message.body(), now()));
    }

    Sights sights() {
        return sights;
    }

    /** How many requests wait for a model of a provider. */
    int waiting(String provider, String model) {
        return sights.of(provider, model, now()).waiting();
    }

    Future<Void> close() {
        return statuses.unregister();
    }

    /** The clock that {@link Sights} go by. */
    static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
