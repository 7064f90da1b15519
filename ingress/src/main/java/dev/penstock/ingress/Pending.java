package dev.penstock.ingress;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import org.jspecify.annotations.Nullable;

/** A request of this instance that has not ended. Lives on the instance's event loop. */
sealed interface Pending permits Exchange, Detached {
    /** The worker that last began an attempt for it, or null. */
    @Nullable
    String worker();

    /** Whether a client has seen part of an answer that another attempt could not take back. */
    boolean answering();

    void onFrame(Frame frame, long now);

    /** Called every second or so. */
    void onTick(long now, long keepAliveMs);

    /** Ends with an error that arose here. */
    void fail(ApiError error);
}
