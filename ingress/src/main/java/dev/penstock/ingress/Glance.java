package dev.penstock.ingress;

import dev.penstock.ingress.replay.Replay;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Context;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Looks up what the log tells of an answer now. */
final class Glance implements ResponseLog.Listener {
    private final Replay replay = new Replay();
    private final Consumer<Replay> then;
    private ResponseLog.@Nullable Follower follower;

    private Glance(Consumer<Replay> then) {
        this.then = then;
    }

    /** Calls {@code then} on the context, which is that of the caller, with all that was on the log. */
    static void at(ResponseLog log, String requestId, Context context, Consumer<Replay> then) {
        var glance = new Glance(then);
        glance.follower = log.follow(requestId, context, glance);
        if (glance.follower == null) {
            then.accept(glance.replay);
        }
    }

    @Override
    public void part(ResponsePart part, int bytes) {
        replay.accept(part);
        if (follower != null) {
            follower.taken(bytes);
        }
    }

    @Override
    public void caughtUp() {
        if (follower != null) {
            follower.close();
        }
        then.accept(replay);
    }
}
