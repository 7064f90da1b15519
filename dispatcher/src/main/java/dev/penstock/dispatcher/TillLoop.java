package dev.penstock.dispatcher;

import dev.penstock.schemas.till.Till;
import io.vertx.core.Context;
import io.vertx.core.Vertx;

/** The event loop of a till. */
record TillLoop(Vertx vertx, Context context) implements Till.Loop {
    @Override
    public void run(Runnable task) {
        context.runOnContext(_ -> task.run());
    }

    @Override
    public void later(long ms, Runnable task) {
        vertx.setTimer(ms, _ -> task.run());
    }
}
