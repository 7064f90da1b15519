package dev.penstock.ingress;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.event.RequestEnvelope;
import org.jspecify.annotations.Nullable;

/**
 * A request whose answer is kept: whoever wants it reads the log, so what is left to do here is to know who works on it
 * and when it is over. It goes on without its caller, and without this ingress.
 */
final class Detached implements Pending {
    /** The worker cuts it off at the deadline, and that is the end that everybody sees. */
    private static final long GRACE_MS = 5000;

    private final long deadline;
    private final Runnable onBegun;
    private final Runnable onEnd;
    private @Nullable String worker;
    private boolean ended;

    /**
     * @param onBegun run each time that a worker begins with it
     * @param onEnd run once, when it is over as far as this ingress knows
     */
    Detached(RequestEnvelope envelope, Runnable onBegun, Runnable onEnd) {
        this.onBegun = onBegun;
        this.deadline = envelope.getDeadline().toEpochMilli();
        this.onEnd = onEnd;
    }

    @Override
    public @Nullable String worker() {
        return worker;
    }

    /** Readers are told where an answer begins anew. */
    @Override
    public boolean canGoOnAfter(int pieces) {
        return true;
    }

    @Override
    public void onFrame(Frame frame, long now) {
        switch (frame) {
            case Frame.Begun begun -> {
                worker = begun.worker();
                onBegun.run();
            }
            case Frame.Done _,Frame.Failed _ -> end();
            case Frame.Delta _ -> {
            }
        }
    }

    @Override
    public void onTick(long now, long keepAliveMs) {
        if (now >= deadline + GRACE_MS) {
            end();
        }
    }

    /** Goes on, whatever becomes of this ingress. */
    @Override
    public void fail(ApiError error) {}

    /** It is over, or has not even begun. */
    void end() {
        if (!ended) {
            ended = true;
            onEnd.run();
        }
    }
}
