package dev.penstock.ingress;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import org.jspecify.annotations.Nullable;

/** A request of this instance that has not ended. Lives on the instance's event loop. */
sealed interface Pending permits Exchange, Detached {
    /** The worker that last began an attempt for it, or null. */
    @Nullable
    String worker();

    /** Whether another attempt can go on after so many pieces of the answer: whether a client has seen just these. */
    boolean canGoOnAfter(int pieces);

    void onFrame(Frame frame, long now);

    /** Called every second or so. */
    void onTick(long now, long keepAliveMs);

    /** Ends with an error that arose here. */
    void fail(ApiError error);
}
