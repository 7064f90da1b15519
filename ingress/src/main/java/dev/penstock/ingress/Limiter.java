package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.limits.Gauges;
import dev.penstock.ingress.limits.Refusal;
import dev.penstock.ingress.limits.Standing;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.catalog.Catalog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The limits of tenants and keys at the door of an ingress, which tells the other ingresses once a second what has been
 * used here, so that the limits are for all of them together. Safe for several threads.
 */
final class Limiter {
    private static final long TELL_MS = 1_000;
    private static final CharSequence LIMIT_REQUESTS = HttpHeaders.createOptimized("x-ratelimit-limit-requests");
    private static final CharSequence LEFT_REQUESTS = HttpHeaders.createOptimized("x-ratelimit-remaining-requests");
    private static final CharSequence RESET_REQUESTS = HttpHeaders.createOptimized("x-ratelimit-reset-requests");
    private static final CharSequence LIMIT_TOKENS = HttpHeaders.createOptimized("x-ratelimit-limit-tokens");
    private static final CharSequence LEFT_TOKENS = HttpHeaders.createOptimized("x-ratelimit-remaining-tokens");
    private static final CharSequence RESET_TOKENS = HttpHeaders.createOptimized("x-ratelimit-reset-tokens");

    private final Vertx vertx;
    private final Gauges gauges;
    private final MessageConsumer<Traffic> others;
    private final long teller;

    Limiter(Vertx vertx, Catalog catalog) {
        this.vertx = vertx;
        this.gauges = new Gauges("penstock.ingress." + UUID.randomUUID(), catalog, now());
        this.others = vertx.eventBus().consumer(Traffic.ADDRESS, message -> gauges.heard(message.body(), now()));
        this.teller = vertx.setPeriodic(TELL_MS, _ -> tell());
    }

    /** Lets a request in and returns null, or the error to answer with. One that is let in is to {@link #leave}. */
    @Nullable
    ApiError enter(Caller caller, long tokens) {
        return switch (gauges.enter(caller.tenant().name(), caller.keyId(), tokens, now())) {
            case Gauges.Entry.LetIn _ -> null;
            case Gauges.Entry.TurnedAway(var refusal) -> error(refusal);
        };
    }

    /** A request that was let in is over. */
    void leave(Caller caller) {
        gauges.over(caller.tenant().name(), caller.keyId());
    }

    /** Puts OpenAI's headers on an answer. */
    void show(Caller caller, HttpServerResponse response) {
        Standing requests = gauges.requests(caller.tenant().name(), caller.keyId(), now());
        if (requests != null) {
            response.putHeader(LIMIT_REQUESTS, Long.toString(requests.limit()))
                    .putHeader(LEFT_REQUESTS, Long.toString(requests.remaining()))
                    .putHeader(RESET_REQUESTS, requests.reset());
        }
        Standing tokens = gauges.tokens(caller.tenant().name(), caller.keyId(), now());
        if (tokens != null) {
            response.putHeader(LIMIT_TOKENS, Long.toString(tokens.limit()))
                    .putHeader(LEFT_TOKENS, Long.toString(tokens.remaining()))
                    .putHeader(RESET_TOKENS, tokens.reset());
        }
    }

    Future<Void> close() {
        vertx.cancelTimer(teller);
        return others.unregister();
    }

    private void tell() {
        Traffic traffic = gauges.tell();
        if (!traffic.used().isEmpty()) {
            vertx.eventBus().publish(Traffic.ADDRESS, traffic);
        }
    }

    private static ApiError error(Refusal why) {
        String what = why.kind() == Refusal.Kind.TOKENS ? "tokens" : "requests";
        String unit = switch (why.kind()) {
            case REQUESTS -> "requests per min (RPM)";
            case TOKENS -> "tokens per min (TPM)";
            case IN_FLIGHT -> "requests in flight";
        };
        return Refusals.rateLimited(what, unit, why.limit(), why.used(), why.wanted(), why.retryAfterMs());
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
