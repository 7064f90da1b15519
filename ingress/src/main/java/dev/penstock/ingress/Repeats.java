package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Speech;
import dev.penstock.ingress.idempotency.Claims;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.IdempotencyClaim;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that of the requests with the same Idempotency-Key one is taken on, and that the others get its answer, from
 * the log, their streams being kept open meanwhile. A key is kept by an answer, also one that broke off after it had begun;
 * a request that cost nothing, or was called off, frees it. Lives on one event loop.
 */
final class Repeats {
    private static final Logger LOG = LoggerFactory.getLogger(Repeats.class);
    private static final CharSequence KEY = HttpHeaders.createOptimized("idempotency-key");
    private static final CharSequence REPLAYED = HttpHeaders.createOptimized("idempotent-replayed");
    /** OpenAI's and Anthropic's SDKs would try a 409 again. */
    private static final CharSequence SHOULD_RETRY = HttpHeaders.createOptimized("x-should-retry");
    private static final int LONGEST_KEY = 255;
    private static final long LOOK_MS = 1_000;

    private final Vertx vertx;
    private final IdempotencyKeys keys;
    private final long keepAliveMs;

    /** What the log has of requests of an API. */
    interface Past {
        /** Answers the caller with what another request was answered. */
        void replay(String requestId);

        /** Tells, on the caller's context, whether a request has an answer that was paid for, whole or broken off. */
        void whether(String requestId, Consumer<Boolean> answered);

        /** Whether the caller wants a stream, which is kept open by comments while it waits. */
        boolean isStream();
    }

    /**
     * A request with an Idempotency-Key.
     *
     * @param key as on the log
     * @param fingerprint of what is asked for
     * @param until when its caller waits no more
     * @param past what the log has of such requests
     */
    record Keyed(String key, byte[] fingerprint, Caller caller, Speech speech, HttpServerResponse response,
            Instant until, Past past) {}

    Repeats(Vertx vertx, IdempotencyKeys keys, Duration keepAlive) {
        this.vertx = vertx;
        this.keys = keys;
        this.keepAliveMs = keepAlive.toMillis();
    }

    /**
     * Goes on with a request that has no key, or is the first of its key as far as is known; any other one is answered
     * from here.
     *
     * @param api to which the body belongs
     * @param past what the log has of such requests
     * @param go given null for a request without a key; may be called again where the first one's request was lost
     */
    void begin(HttpServerRequest http, String api, Buffer body, Caller caller, Speech speech, Duration patience,
            Past past, Consumer<@Nullable Keyed> go) {
        String given = http.getHeader(KEY);
        if (given == null) {
            go.accept(null);
        } else if (given.isEmpty() || given.length() > LONGEST_KEY) {
            Responses.error(http.response(), speech, Refusals.invalidParameter("Idempotency-Key",
                    "must have 1 to " + LONGEST_KEY + " characters"));
        } else {
            var digest = Callers.sha256();
            digest.update((api + "\n").getBytes(StandardCharsets.UTF_8));
            byte[] hash = Callers.sha256().digest(given.getBytes(StandardCharsets.UTF_8));
            String key = Topics.idempotencyKey(caller.tenant().name(),
                    Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
            var keyed = new Keyed(key, digest.digest(body.getBytes()), caller, speech, http.response(),
                    Instant.now().plus(patience), past);
            once(keyed, () -> go.accept(keyed));
        }
    }

    /**
     * Claims the key for a request, before anything is set aside for it.
     *
     * @param mine run if the request has it
     * @param lost run if it has not; it is then answered from here
     * @param again begins anew with it, where whose key it was has been lost
     */
    void claim(Keyed asked, String requestId, Instant deadline, Runnable mine, Runnable lost, Runnable again) {
        String tenant = asked.caller.tenant().name();
        if (keys.isFull(tenant)) {
            lost.run();
            error(asked, Refusals.tooManyIdempotencyKeys(keys.most()));
            return;
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        IdempotencyClaim known = keys.get(asked.key);
        if (Claims.isHeld(known, now)) {
            lost.run(); // somebody has claimed it since this one looked: that is nobody to replace
            once(asked, again);
            return;
        }
        IdempotencyClaim claim = Claims.of(requestId, asked.fingerprint, known, now,
                deadline.truncatedTo(ChronoUnit.MILLIS));
        Future.fromCompletionStage(keys.claim(tenant, asked.key, claim), vertx.getOrCreateContext())
                .onSuccess(counts -> {
                    if (counts != null && requestId.equals(counts.getRequestId())) {
                        mine.run();
                    } else {
                        lost.run();
                        once(asked, again);
                    }
                }).onFailure(cause -> {
                    LOG.warn("a key cannot be claimed: {}", cause.toString());
                    lost.run();
                    giveUp(asked, requestId, Refusals.logUnavailable(1));
                    error(asked, Refusals.logUnavailable(1));
                });
    }

    /** Frees the key of a request that was not taken on after all. */
    void giveUp(Keyed asked, String requestId, ApiError why) {
        keys.free(asked.key, requestId, why);
    }

    /** Says that the log has the answer to a request; completes, on the caller's context, when that is on the log too. */
    Future<Void> answered(Keyed asked, String requestId) {
        return Future.fromCompletionStage(keys.answered(asked.key, requestId, asked.fingerprint),
                vertx.getOrCreateContext());
    }

    private void once(Keyed asked, Runnable first) {
        IdempotencyClaim claim = keys.get(asked.key);
        Instant now = Instant.now();
        String holder = Claims.holder(claim, now);
        if (asked.response.closed()) {
            return;
        }
        if (claim == null || holder == null) {
            first.run();
        } else if (claim.getAnswered()) {
            replay(asked, claim, holder);
        } else if (!Claims.isSame(claim, asked.fingerprint) && !Claims.isLapsed(claim, now)) {
            reused(asked);
        } else { // the log may have an answer that nobody lived to tell of
            asked.past.whether(holder, there -> {
                if (there) {
                    replay(asked, claim, holder);
                } else if (Claims.isLapsed(claim, now)) {
                    first.run();
                } else {
                    new Waiting(asked, holder, first).start();
                }
            });
        }
    }

    private static void replay(Keyed asked, IdempotencyClaim claim, String holder) {
        if (asked.response.closed()) {
            return;
        }
        if (Claims.isSame(claim, asked.fingerprint)) {
            markReplayed(asked.response);
            asked.past.replay(holder);
        } else {
            reused(asked);
        }
    }

    private static void reused(Keyed asked) {
        asked.response.putHeader(SHOULD_RETRY, "false");
        error(asked, Refusals.idempotencyKeyReused());
    }

    /** One that waits for what becomes of another request. */
    private final class Waiting {
        private final Keyed asked;
        private final String requestId;
        private final Runnable first;
        private Runnable unwatch = () -> {};
        private long timer;
        private long lastWrite = System.nanoTime();
        private boolean over;

        Waiting(Keyed asked, String requestId, Runnable first) {
            this.asked = asked;
            this.requestId = requestId;
            this.first = first;
        }

        void start() {
            var context = vertx.getOrCreateContext();
            unwatch = keys.watch(asked.key, () -> context.runOnContext(_ -> look()));
            timer = vertx.setPeriodic(Math.min(LOOK_MS, keepAliveMs), _ -> look());
            look(); // it may have happened meanwhile
        }

        private void look() {
            if (over) {
                return;
            }
            IdempotencyClaim claim = keys.get(asked.key);
            Instant now = Instant.now();
            boolean pending = claim != null && !claim.getAnswered() && requestId.equals(Claims.holder(claim, now))
                    && !Claims.isLapsed(claim, now);
            if (pending && now.isBefore(asked.until) && !asked.response.closed()) {
                keepAlive();
                return;
            }
            over = true;
            unwatch.run();
            vertx.cancelTimer(timer);
            if (pending) {
                error(asked, Refusals.deadlinePassed());
            } else if (claim != null && claim.getError() != null && requestId.equals(claim.getReplaces())) {
                markReplayed(asked.response);
                error(asked, ApiError.of(claim.getError()));
            } else {
                once(asked, this::begin);
            }
        }

        private void begin() {
            if (asked.response.headWritten()) { // too late for a request of its own, with all that may be said of it
                error(asked, Refusals.workerLost());
            } else {
                first.run();
            }
        }

        private void keepAlive() {
            if (!asked.past.isStream() || asked.response.writeQueueFull()
                    || System.nanoTime() - lastWrite < keepAliveMs * 1_000_000) {
                return;
            }
            lastWrite = System.nanoTime();
            if (!asked.response.headWritten()) {
                markReplayed(asked.response);
                Responses.putRequestId(asked.response, asked.speech, requestId);
                Responses.beginStream(asked.response);
            }
            asked.response.write(Buffer.buffer(asked.speech.keepAlive(false)));
        }
    }

    private static void markReplayed(HttpServerResponse response) {
        if (!response.headWritten()) {
            response.putHeader(REPLAYED, "true");
        }
    }

    /** Answers with an error; in a stream that has been begun while the caller waited, as its last event. */
    private static void error(Keyed asked, ApiError error) {
        if (asked.response.headWritten() && !asked.response.closed()) {
            asked.response.end(Buffer.buffer(asked.speech.lastEvent(error, 0)));
        } else {
            Responses.error(asked.response, asked.speech, error);
        }
    }
}
