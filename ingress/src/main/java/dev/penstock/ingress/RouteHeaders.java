package dev.penstock.ingress;

import dev.penstock.ingress.format.Speech;
import dev.penstock.ingress.routing.Choice;
import dev.penstock.ingress.routing.Reason;
import dev.penstock.ingress.routing.RoutePlan;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.function.IntSupplier;

/** What an answer's head says of who answers, why, and to what of the request; and, as long as nobody does, how many wait before it. */
final class RouteHeaders {
    private static final CharSequence PROVIDER = HttpHeaders.createOptimized("x-penstock-provider");
    private static final CharSequence MODEL = HttpHeaders.createOptimized("x-penstock-model");
    private static final CharSequence REASON = HttpHeaders.createOptimized("x-penstock-route-reason");
    private static final CharSequence ARM = HttpHeaders.createOptimized("x-penstock-arm");
    private static final CharSequence DROPPED = HttpHeaders.createOptimized("x-penstock-dropped-params");
    private static final CharSequence QUEUE = HttpHeaders.createOptimized("x-penstock-queue-position");

    private final RoutePlan plan;
    private final IntSupplier waiting;
    private Choice at;
    private boolean fallback;
    private String dropped = "";
    private boolean begun;

    /** @param waiting how many requests wait for the first choice now */
    RouteHeaders(RoutePlan plan, IntSupplier waiting) {
        this.plan = plan;
        this.waiting = waiting;
        this.at = plan.first();
    }

    /**
     * A candidate of the route is being called.
     *
     * @param unknown fields of the request that its provider does not get
     */
    void begun(int candidate, List<String> unknown) {
        begun = true;
        fallback = candidate > 0;
        at = plan.choices().get(Math.clamp(candidate, 0, plan.choices().size() - 1));
        dropped = String.join(", ", unknown);
    }

    /**
     * To be called before the head is sent. Where that is before a call has begun, as a keep-alive makes it, the position
     * is that of now; later it is that in which the request began to wait.
     */
    void put(HttpServerResponse response) {
        response.putHeader(PROVIDER, at.model().provider()).putHeader(MODEL, at.model().name()).putHeader(REASON,
                (fallback ? Reason.FALLBACK : at.reason()).word());
        String arm = plan.arm();
        if (arm != null) {
            response.putHeader(ARM, arm);
        }
        if (!dropped.isEmpty()) {
            response.putHeader(DROPPED, dropped);
        }
        int before = begun ? plan.first().sight().waiting() : waiting.getAsInt();
        if (before > 0) {
            response.putHeader(QUEUE, Integer.toString(before + 1));
        }
    }

    /** What a stream that has nothing to say is kept open with. */
    Buffer keepAlive(Speech speech, boolean answering) {
        int before = begun ? 0 : waiting.getAsInt();
        return before > 0
                ? Buffer.buffer(": queued, about " + before + " waiting\n\n")
                : Buffer.buffer(speech.keepAlive(answering));
    }
}
