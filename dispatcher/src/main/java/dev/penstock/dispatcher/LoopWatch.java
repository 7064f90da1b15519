package dev.penstock.dispatcher;

import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.concurrent.TimeUnit;

/** Looks again and again, while there is something of batch, how late the event loop is, and has batch take less where it is. */
final class LoopWatch {
    private static final long EVERY_MS = 25;

    private final Vertx vertx;
    private final Collection<ProviderDesk> desks;
    private boolean looking;

    LoopWatch(Vertx vertx, Collection<ProviderDesk> desks) {
        this.vertx = vertx;
        this.desks = desks;
    }

    /** Something of batch has come. */
    void begin() {
        if (!looking) {
            looking = true;
            look();
        }
    }

    private void look() {
        long due = ProviderDesk.now() + TimeUnit.MILLISECONDS.toNanos(EVERY_MS);
        vertx.setTimer(EVERY_MS, _ -> {
            long late = ProviderDesk.now() - due;
            desks.forEach(desk -> desk.capacity().late(late));
            looking = desks.stream().anyMatch(ProviderDesk::hasBatch);
            if (looking) {
                look();
            }
        });
    }
}
