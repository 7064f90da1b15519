package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Admitter;
import dev.penstock.ingress.admission.Admitter.Admission;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.format.Inbound;
import dev.penstock.ingress.format.Speech;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that runs a model, such as {@code POST /v1/chat/completions}: from the body to the acknowledged record. The
 * answer is the business of the {@link Exchange}. Lives on one event loop.
 */
final class InferenceApi {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceApi.class);

    private final Vertx vertx;
    private final Catalog catalog;
    private final Admitter admitter;
    private final RequestLog log;
    private final Exchanges exchanges;
    private final int maxBodyBytes;
    private final Budgets budgets;
    private int turn;

    InferenceApi(Vertx vertx, IngressConfig config, RequestLog log, Exchanges exchanges, Budgets budgets) {
        this.budgets = budgets;
        this.vertx = vertx;
        this.catalog = config.catalog();
        this.admitter = new Admitter(config.catalog(), config.deadline());
        this.log = log;
        this.exchanges = exchanges;
        this.maxBodyBytes = config.maxBodyBytes();
    }

    /** Takes in the body, then answers. What exceeds the limit is refused as soon as that is known. */
    void handle(Format format, HttpServerRequest request, Caller caller) {
        var speech = Speech.of(format);
        new BodyReader(request, maxBodyBytes).read(body -> answer(format, caller, body, request.response()),
                () -> Responses.error(request.response(), speech, Refusals.bodyTooLarge(maxBodyBytes)));
    }

    /** About how many tokens a message would have; nothing is called and nothing spent. */
    void countTokens(HttpServerRequest http) {
        new BodyReader(http, maxBodyBytes).read(body -> {
            switch (Inbound.readToCount(body.getBytes())) {
                case Inbound.Invalid(var error) -> Responses.error(http.response(), Speech.MESSAGES, error);
                case Inbound.Valid(var request, _) when catalog.model(request.model()) == null ->
                    Responses.error(http.response(), Speech.MESSAGES, Refusals.modelNotFound(request.model()));
                case Inbound.Valid(var request, _) -> Responses.json(http.response(), 200,
                        Buffer.buffer("{\"input_tokens\":" + request.estimatedTokens() + "}"));
            }
        }, () -> Responses.error(http.response(), Speech.MESSAGES, Refusals.bodyTooLarge(maxBodyBytes)));
    }

    private void answer(Format format, Caller caller, Buffer body, HttpServerResponse response) {
        switch (Inbound.read(format, body.getBytes())) {
            case Inbound.Invalid(var error) -> Responses.error(response, Speech.of(format), error);
            case Inbound.Valid(var request, var framing) -> {
                String requestId = idPrefix(format) + UUID.randomUUID().toString().replace("-", "");
                Instant now = Instant.now();
                budgets.hold(request, caller, requestId, now, decision -> {
                    switch (decision) {
                        case Budgets.Decision.Refused(var error) ->
                            Responses.error(response, Speech.of(format), error);
                        case Budgets.Decision.Granted(var granted, var hold) ->
                            admit(granted, framing, caller, requestId, hold, now, response);
                    }
                });
            }
        }
    }

    /** As the ids of answers begin in each API. */
    private static String idPrefix(Format format) {
        return switch (format) {
            case CHAT_COMPLETIONS -> "chatcmpl-";
            case COMPLETIONS -> "cmpl-";
            case RESPONSES -> "resp_";
            case MESSAGES -> "msg_";
            case EMBEDDINGS -> "embd-";
            case MODERATIONS -> "modr-";
        };
    }

    private void admit(ChatRequest request, Framing framing, Caller caller, String requestId, @Nullable Hold hold,
            Instant now, HttpServerResponse response) {
        if (response.closed()) { // while the ledger was asked
            budgets.release(requestId);
            return;
        }
        switch (admitter.admit(request, framing, caller.tenant(), caller.keyId(), requestId, hold,
                exchanges.address(), now)) {
            case Admission.Refused(var error) -> {
                budgets.release(requestId);
                Responses.error(response, Speech.of(framing.format()), error);
            }
            case Admission.Admitted(var envelope) -> {
                budgets.tell(response, hold, envelope.getBillingDay());
                accept(envelope, response);
            }
        }
    }

    private void accept(RequestEnvelope envelope, HttpServerResponse response) {
        Exchange exchange = exchanges.open(envelope.getRequestId(), Speech.of(envelope.getFormat()),
                envelope.getStream(), envelope.getDeadline().toEpochMilli(), response);
        log.append(vertx, envelope, turn++, cause -> {
            LOG.warn("request {} was not acknowledged by Kafka: {}", envelope.getRequestId(), cause.toString());
            exchange.fail(Refusals.logUnavailable(1));
        });
    }
}
