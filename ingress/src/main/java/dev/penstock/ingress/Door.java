package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Lets requests of a tenant in while few of them wait for a provider; what is being answered does not count. The others
 * wait outside, in the order of their coming, with no more of their body read than came with the head: what a tenant
 * sends at once fills no queue that others share, and takes up neither memory nor, all at once, the event loop. Lives on
 * one event loop.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/">Kubernetes' API priority and
 *     fairness</a>, which does the same at the door of its API server
 */
final class Door {
    private final int most;
    private final Executor later;
    private final Map<String, Line> lines = new HashMap<>();

    /** What a tenant has before a provider. */
    private static final class Line {
        final LinkedHashSet<Guest> outside = new LinkedHashSet<>();
        int inside;
    }

    /**
     * @param most how many requests of a tenant may be inside
     * @param later runs a task on the event loop, when what is under way there is done
     */
    Door(int most, Executor later) {
        this.most = most;
        this.later = later;
    }

    /**
     * Takes a request on.
     *
     * @param patience how long it waits outside at most
     * @param in run when it is let in, at once if there is room; never if its client goes away before
     * @param turnedAway given the reason if it has waited too long, or the door is closed
     */
    void come(HttpServerRequest http, Caller caller, Instant now, Duration patience, Consumer<Guest> in,
            Consumer<ApiError> turnedAway) {
        Line line = lines.computeIfAbsent(caller.tenant().name(), _ -> new Line());
        var guest = new Guest(http, caller, now, now.plus(patience), line, in, turnedAway);
        if (line.inside < most && line.outside.isEmpty()) {
            guest.enter();
        } else {
            http.pause();
            line.outside.add(guest);
            http.response().closeHandler(_ -> line.outside.remove(guest));
        }
    }

    /** Turns away who has waited too long; to be called every second or so. */
    void onTick(Instant now) {
        turnAway(now, Refusals.deadlinePassed());
    }

    /** Turns away all who wait outside. */
    void close() {
        turnAway(Instant.MAX, Refusals.shuttingDown());
    }

    /** How many requests of a tenant wait outside. */
    int outside(String tenant) {
        Line line = lines.get(tenant);
        return line == null ? 0 : line.outside.size();
    }

    private void turnAway(Instant now, ApiError why) {
        for (Line line : lines.values()) {
            List<Guest> late = line.outside.stream().filter(guest -> !now.isBefore(guest.until)).toList();
            late.forEach(line.outside::remove);
            late.forEach(guest -> guest.turnedAway.accept(why));
        }
    }

    private void letIn(Line line) {
        if (line.inside < most && !line.outside.isEmpty()) {
            Guest next = line.outside.removeFirst();
            next.enter();
            next.http.resume();
        }
    }

    /** A request that has come. */
    final class Guest {
        final HttpServerRequest http;
        final Caller caller;
        private final Instant came;
        private final Instant until;
        private final Line line;
        private final Consumer<Guest> in;
        private final Consumer<ApiError> turnedAway;
        private boolean inside;

        private Guest(HttpServerRequest http, Caller caller, Instant came, Instant until, Line line,
                Consumer<Guest> in, Consumer<ApiError> turnedAway) {
            this.http = http;
            this.caller = caller;
            this.came = came;
            this.until = until;
            this.line = line;
            this.in = in;
            this.turnedAway = turnedAway;
        }

        /** What is left of the time that its caller waits, counted from its coming; not below zero. */
        Duration left(Duration patience, Instant now) {
            Duration left = patience.minus(Duration.between(came, now));
            return left.isPositive() ? left : Duration.ZERO;
        }

        /** Whoever answers it counts for it until then. */
        private void enter() {
            inside = true;
            line.inside++;
            http.response().endHandler(_ -> leave()).closeHandler(_ -> leave());
            in.accept(this);
        }

        /** Has it count on when its caller has an answer, until {@link #leave}: its work is still to come. */
        void stay() {
            http.response().endHandler(null).closeHandler(null);
        }

        /** It waits for no provider any more: one has begun with it, or it is over. May be called several times. */
        void leave() {
            if (inside) {
                inside = false;
                line.inside--;
                if (!line.outside.isEmpty()) {
                    later.execute(() -> letIn(line));
                }
            }
        }
    }
}
