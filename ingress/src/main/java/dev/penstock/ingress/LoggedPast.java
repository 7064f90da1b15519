package dev.penstock.ingress;

import dev.penstock.ingress.Door.Guest;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Vertx;
import java.util.function.Consumer;

/**
 * What the log has for a guest whose answer another request brings: it waits for no provider itself. Lives on one event
 * loop.
 */
final class LoggedPast implements Repeats.Past {
    private final Vertx vertx;
    private final ResponseLog answers;
    private final long keepAliveMs;
    private final Guest guest;
    private final boolean stream;

    LoggedPast(Vertx vertx, ResponseLog answers, long keepAliveMs, Guest guest, boolean stream) {
        this.vertx = vertx;
        this.answers = answers;
        this.keepAliveMs = keepAliveMs;
        this.guest = guest;
        this.stream = stream;
    }

    @Override
    public void replay(String requestId) {
        guest.leave();
        new KeptAnswer(vertx, requestId, tenant(), stream, -1, guest.http.response(), null)
                .start(answers, vertx.getOrCreateContext(), keepAliveMs);
    }

    @Override
    public void whether(String requestId, Consumer<Boolean> answered) {
        guest.leave();
        Glance.at(answers, requestId, vertx.getOrCreateContext(), replay -> {
            ResponsePart end = replay.isOf(tenant()) ? replay.end() : null;
            answered.accept(end != null && end.getKind() == PartKind.DONE);
        });
    }

    private String tenant() {
        return guest.caller.tenant().name();
    }
}
