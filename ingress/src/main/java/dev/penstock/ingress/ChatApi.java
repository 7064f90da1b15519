package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Admitter;
import dev.penstock.ingress.admission.Admitter.Admission;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.ChatRequestReader;
import dev.penstock.ingress.admission.Refusals;
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
 * {@code POST /v1/chat/completions}: from the body to the acknowledged record. The answer is the business of the
 * {@link Exchange}. Lives on one event loop.
 */
final class ChatApi {
    private static final Logger LOG = LoggerFactory.getLogger(ChatApi.class);

    private final Vertx vertx;
    private final Admitter admitter;
    private final RequestLog log;
    private final Exchanges exchanges;
    private final int maxBodyBytes;
    private final Budgets budgets;
    private int turn;

    ChatApi(Vertx vertx, IngressConfig config, RequestLog log, Exchanges exchanges, Budgets budgets) {
        this.budgets = budgets;
        this.vertx = vertx;
        this.admitter = new Admitter(config.catalog(), config.deadline());
        this.log = log;
        this.exchanges = exchanges;
        this.maxBodyBytes = config.maxBodyBytes();
    }

    /** Takes in the body, then answers. What exceeds the limit is refused as soon as that is known. */
    void handle(HttpServerRequest request, Caller caller) {
        new BodyReader(request, maxBodyBytes).read(body -> answer(caller, body, request.response()),
                () -> Responses.error(request.response(), Refusals.bodyTooLarge(maxBodyBytes)));
    }

    private void answer(Caller caller, Buffer body, HttpServerResponse response) {
        switch (ChatRequestReader.read(body.getBytes())) {
            case ChatRequestReader.Result.Invalid(var error) -> Responses.error(response, error);
            case ChatRequestReader.Result.Valid(var request) -> {
                String requestId = "chatcmpl-" + UUID.randomUUID().toString().replace("-", "");
                Instant now = Instant.now();
                budgets.hold(request, caller, requestId, now, decision -> {
                    switch (decision) {
                        case Budgets.Decision.Refused(var error) -> Responses.error(response, error);
                        case Budgets.Decision.Granted(var granted, var hold) ->
                            admit(granted, caller, requestId, hold, now,
                                    response);
                    }
                });
            }
        }
    }

    private void admit(ChatRequest request, Caller caller, String requestId, @Nullable Hold hold, Instant now,
            HttpServerResponse response) {
        if (response.closed()) { // while the ledger was asked
            budgets.release(requestId);
            return;
        }
        switch (admitter.admit(request, caller.tenant(), caller.keyId(), requestId, hold, exchanges.address(), now)) {
            case Admission.Refused(var error) -> {
                budgets.release(requestId);
                Responses.error(response, error);
            }
            case Admission.Admitted(var envelope) -> {
                budgets.tell(response, hold, envelope.getBillingDay());
                accept(envelope, response);
            }
        }
    }

    private void accept(RequestEnvelope envelope, HttpServerResponse response) {
        Exchange exchange = exchanges.open(envelope.getRequestId(), envelope.getStream(),
                envelope.getDeadline().toEpochMilli(), response);
        log.append(vertx, envelope, turn++, cause -> {
            LOG.warn("request {} was not acknowledged by Kafka: {}", envelope.getRequestId(), cause.toString());
            exchange.fail(Refusals.logUnavailable(1));
        });
    }
}
