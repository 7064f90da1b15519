package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.Door.Guest;
import dev.penstock.ingress.Repeats.Keyed;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.Patience;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Inbound;
import dev.penstock.ingress.format.ResponseObject;
import dev.penstock.ingress.format.Speech;
import dev.penstock.ingress.replay.Replay;
import dev.penstock.ingress.routing.Choice;
import dev.penstock.ingress.routing.Envelopes;
import dev.penstock.ingress.routing.ModelRouter;
import dev.penstock.ingress.routing.RoutePlan;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Idempotency;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.PartKind;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponseHead;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that runs a model, such as {@code POST /v1/chat/completions}: from the body to the acknowledged record. The
 * answer is the business of the {@link Exchange}. Lives on one event loop.
 */
final class InferenceApi {
    /** What a caller says that a request belongs to. */
    static final String SESSION = "x-session-id";
    private static final Logger LOG = LoggerFactory.getLogger(InferenceApi.class);

    private final Vertx vertx;
    private final RequestLog log;
    private final Exchanges exchanges;
    private final int maxBodyBytes;
    private final Duration longest;
    private final Budgets budgets;
    private final ModelRouter router;
    private final ProviderWatch watch;
    private final Limiter limiter;
    private final Shadows shadows;
    private final ResponseLog answers;
    private final long keepAliveMs;
    private final Repeats repeats;
    private final Door door;
    private int turn;

    /** A request that is valid. */
    private record Asked(ChatRequest request, Framing framing, Duration patience, Guest guest, @Nullable Keyed keyed) {
        Caller caller() {
            return guest.caller;
        }

        HttpServerResponse response() {
            return guest.http.response();
        }
    }

    InferenceApi(Vertx vertx, IngressConfig config, RequestLog log, Exchanges exchanges, Budgets budgets,
            ModelRouter router, ProviderWatch watch, Limiter limiter, Shadows shadows, ResponseLog answers,
            Repeats repeats, Door door) {
        this.repeats = repeats;
        this.door = door;
        this.answers = answers;
        this.keepAliveMs = config.keepAlive().toMillis();
        this.vertx = vertx;
        this.log = log;
        this.exchanges = exchanges;
        this.maxBodyBytes = config.maxBodyBytes();
        this.longest = config.deadline();
        this.budgets = budgets;
        this.router = router;
        this.watch = watch;
        this.limiter = limiter;
        this.shadows = shadows;
    }

    /**
     * Takes in the body when it is the request's turn, then answers. What exceeds the limit is refused as soon as that is
     * known.
     */
    void handle(Format format, HttpServerRequest request, Caller caller) {
        Speech speech = Speech.of(format);
        door.come(request, caller, Instant.now(), Patience.atMost(request.getHeader(Patience.OWN), longest),
                guest -> new BodyReader(request, maxBodyBytes).read(
                        body -> admit(Inbound.read(format, body.getBytes()), body, format, guest),
                        () -> Responses.error(request.response(), speech, Refusals.bodyTooLarge(maxBodyBytes))),
                why -> Responses.error(request.response(), speech, why));
    }

    /** About how many tokens a message would have; nothing is called and nothing spent. */
    void countTokens(HttpServerRequest http) {
        new BodyReader(http, maxBodyBytes).read(body -> {
            switch (Inbound.readToCount(body.getBytes())) {
                case Inbound.Invalid(var error) -> Responses.error(http.response(), Speech.MESSAGES, error);
                case Inbound.Continued _ -> throw new IllegalStateException("a message stands alone");
                case Inbound.Valid(var request, _) when !router.knows(request.model()) ->
                    Responses.error(http.response(), Speech.MESSAGES, Refusals.modelNotFound(request.model()));
                case Inbound.Valid(var request, _) -> Responses.json(http.response(), 200,
                        Buffer.buffer("{\"input_tokens\":" + request.prompt().expectedTokens() + "}"));
            }
        }, () -> Responses.error(http.response(), Speech.MESSAGES, Refusals.bodyTooLarge(maxBodyBytes)));
    }

    private void admit(Inbound inbound, Buffer body, Format format, Guest guest) {
        HttpServerRequest http = guest.http;
        Caller caller = guest.caller;
        switch (inbound) {
            case Inbound.Invalid(var error) -> refuse(error, format, caller, http.response());
            case Inbound.Continued continued -> goOn(continued, body, format, guest);
            case Inbound.Valid(var request, var framing) -> {
                switch (Patience.read(http.getHeader(Patience.OWN), http.getHeader(Patience.SDK),
                        request.stream() || framing.background(), longest)) {
                    case Patience.Result.Invalid(var error) -> refuse(error, format, caller, http.response());
                    case Patience.Result.Known(var whole) -> {
                        Duration patience = guest.left(whole, Instant.now());
                        repeats.begin(http, format.name(), body, caller, Speech.of(format), patience,
                                new LoggedPast(vertx, answers, keepAliveMs, guest, request.stream()),
                                keyed -> route(new Asked(request,
                                        keyed == null ? framing : framing.kept(true), patience, guest, keyed)));
                    }
                }
            }
        }
    }

    /** Reads what the request goes on from, if it is the caller's and complete. */
    private void goOn(Inbound.Continued continued, Buffer body, Format format, Guest guest) {
        Glance.at(answers, continued.previousId(), vertx.getOrCreateContext(), replay -> {
            if (replay.isOf(guest.caller.tenant().name()) && replay.head().getFormat() == Format.RESPONSES
                    && replay.status(Instant.now()) == Replay.Status.COMPLETED) {
                admit(continued.after(ResponseObject.conversation(replay)), body, format, guest);
            } else {
                refuse(Refusals.previousResponseNotFound(continued.previousId()), format, guest.caller,
                        guest.http.response());
            }
        });
    }

    private void route(Asked asked) {
        Caller caller = asked.caller();
        switch (router.route(asked.request, asked.framing.format(), caller.tenant(), Lane.INTERACTIVE,
                asked.guest.http.getHeader(SESSION), watch.sights(), ProviderWatch.now())) {
            case ModelRouter.Routing.Refused(var error) ->
                refuse(error, asked.framing.format(), caller, asked.response());
            case ModelRouter.Routing.Routed(var plan) -> {
                ApiError error = limiter.enter(caller, tokens(asked.request, plan));
                if (error == null) {
                    limiter.show(caller, asked.response());
                    claim(asked, plan);
                } else {
                    refuse(error, asked.framing.format(), caller, asked.response());
                }
            }
        }
    }

    /** A key is claimed before money is held: of many equal requests one needs a hold. */
    private void claim(Asked asked, RoutePlan plan) {
        Instant now = Instant.now();
        String requestId = RequestIds.next(asked.framing.format(), now.toEpochMilli());
        if (asked.keyed == null) {
            hold(asked, plan, requestId, now);
        } else {
            repeats.claim(asked.keyed, requestId, now.plus(asked.patience), () -> hold(asked, plan, requestId, now),
                    () -> limiter.leave(asked.caller()), () -> route(asked));
        }
    }

    /** What a request counts for, as OpenAI has it: its prompt, and what its answer may have where the caller says. */
    private static long tokens(ChatRequest request, RoutePlan plan) {
        Integer limit = plan.first().maxOutputTokens();
        return request.prompt().expectedTokens() + (limit == null ? 0 : (long) limit * request.n());
    }

    private void hold(Asked asked, RoutePlan plan, String requestId, Instant now) {
        Caller caller = asked.caller();
        budgets.hold(asked.request, plan, caller, requestId, now, decision -> {
            switch (decision) {
                case Budgets.Decision.Refused(var error) -> {
                    leave(asked, requestId, error);
                    Responses.error(asked.response(), Speech.of(asked.framing.format()), error);
                }
                case Budgets.Decision.Granted(var limited, var held, var hold) -> {
                    if (asked.response().closed()) { // while the ledger was asked
                        budgets.release(requestId);
                        leave(asked, requestId, Refusals.logUnavailable(1));
                    } else {
                        RequestEnvelope envelope = keyed(asked, Envelopes.of(limited, asked.framing, held,
                                new Envelopes.Ticket(requestId, caller.tenant(), caller.keyId(), Lane.INTERACTIVE,
                                        hold, exchanges.address(), now, now.plus(asked.patience))));
                        budgets.tell(asked.response(), hold, envelope.getBillingDay());
                        accept(envelope, asked.framing, held, asked.guest);
                        shadows.mirror(asked.request, held, caller, envelope);
                    }
                }
            }
        });
    }

    private static RequestEnvelope keyed(Asked asked, RequestEnvelope envelope) {
        return asked.keyed == null
                ? envelope
                : RequestEnvelope.newBuilder(envelope).setIdempotency(
                        new Idempotency(asked.keyed.key(), ByteBuffer.wrap(asked.keyed.fingerprint()))).build();
    }

    /** A request that is not taken on leaves nothing behind. */
    private void leave(Asked asked, String requestId, ApiError why) {
        limiter.leave(asked.caller());
        if (asked.keyed != null) {
            repeats.giveUp(asked.keyed, requestId, why);
        }
    }

    private void accept(RequestEnvelope envelope, Framing framing, RoutePlan plan, Guest guest) {
        Choice first = plan.first();
        String provider = first.model().provider();
        String model = first.model().providerModel();
        watch.sights().sent(provider, model);
        var heads = new RouteHeaders(plan, () -> watch.waiting(provider, model));
        Runnable onEnd = () -> {
            watch.sights().over(provider, model);
            limiter.leave(guest.caller);
            guest.leave();
        };
        if (framing.store()) {
            keep(envelope, framing, heads, guest, onEnd);
            return;
        }
        Exchange exchange = exchanges.open(envelope, guest.http.response(), heads, guest::leave, onEnd);
        log.append(vertx, envelope, turn++, cause -> {
            unacknowledged(envelope, cause);
            exchange.fail(Refusals.logUnavailable(1));
        });
    }

    /** Accepts a request whose answer is kept: the head of the answer is on the log before the request is. */
    private void keep(RequestEnvelope envelope, Framing framing, RouteHeaders heads, Guest guest, Runnable onEnd) {
        guest.stay();
        HttpServerResponse response = guest.http.response();
        Detached detached = exchanges.detach(envelope, guest::leave, onEnd);
        Consumer<Exception> onFailure = cause -> {
            unacknowledged(envelope, cause);
            detached.end();
            Responses.error(response, Speech.of(framing.format()), Refusals.logUnavailable(1));
        };
        ResponseHead asked = ResponseHead.newBuilder().setKeyId(envelope.getKeyId()).setFormat(framing.format())
                .setStream(envelope.getStream()).setBackground(framing.background()).setModel(envelope.getModel())
                .setDeadline(envelope.getDeadline()).setEcho(framing.echo()).setInput(framing.input()).build();
        ResponsePart head = ResponsePart.newBuilder().setRequestId(envelope.getRequestId())
                .setTenant(envelope.getTenant()).setKind(PartKind.HEAD).setAt(envelope.getAcceptedAt()).setHead(asked)
                .build();
        log.keep(vertx, head, () -> log.append(vertx, envelope, turn++, () -> {
            if (framing.background() && !envelope.getStream()) {
                heads.put(response);
                if (!response.closed()) {
                    Responses.json(response, 200, Buffer.buffer(ResponseObject.queued(head, asked)));
                }
            } else {
                new KeptAnswer(vertx, envelope.getRequestId(), envelope.getTenant(), envelope.getStream(), -1, response,
                        heads).start(answers, vertx.getOrCreateContext(), keepAliveMs);
            }
        }, onFailure), onFailure);
    }

    private static void unacknowledged(RequestEnvelope envelope, Exception cause) {
        LOG.warn("request {} was not acknowledged by Kafka: {}", envelope.getRequestId(), cause.toString());
    }

    private void refuse(ApiError error, Format format, Caller caller, HttpServerResponse response) {
        limiter.show(caller, response);
        Responses.error(response, Speech.of(format), error);
    }
}
