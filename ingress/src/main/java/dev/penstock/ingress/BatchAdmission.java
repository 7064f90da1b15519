package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.batch.BatchIds;
import dev.penstock.ingress.batch.LineAdmission;
import dev.penstock.ingress.format.Inbound;
import dev.penstock.ingress.routing.Envelopes;
import dev.penstock.ingress.routing.ModelRouter;
import dev.penstock.ingress.routing.Quote;
import dev.penstock.ingress.routing.RoutePlan;
import dev.penstock.ingress.routing.Sights;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.till.Till;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;

/** Takes lines of batches on by the rules that every request is taken on by. Lives on the runner's thread. */
final class BatchAdmission implements LineAdmission {
    /** What a batch can be for, and how its lines are read and answered. */
    static final Map<String, Format> ENDPOINTS = Map.of("/v1/chat/completions", Format.CHAT_COMPLETIONS,
            "/v1/responses", Format.RESPONSES, "/v1/embeddings", Format.EMBEDDINGS);

    private final Catalog catalog;
    private final ModelRouter router;
    /** Nobody waits for a line, so none is worth a look at who is free: the queues' retries see to it. */
    private final Sights sights = new Sights();
    private final Budgets budgets;
    private final Till till;
    private final String address;

    /** @param address where workers can ask whether a line is still wanted */
    BatchAdmission(Catalog catalog, ModelRouter router, Budgets budgets, Till till, String address) {
        this.catalog = catalog;
        this.router = router;
        this.budgets = budgets;
        this.till = till;
        this.address = address;
    }

    @Override
    public void admit(Batch batch, BatchLine line, byte[] body, Consumer<Decision> decided) {
        Tenant tenant = catalog.tenants().get(batch.getTenant());
        Format format = ENDPOINTS.get(batch.getEndpoint());
        if (tenant == null || format == null) { // since the batch was made, the settings have changed
            decided.accept(new Decision.Refused(Refusals.invalidApiKey()));
            return;
        }
        switch (Inbound.read(format, body)) {
            case Inbound.Invalid(var error) -> decided.accept(new Decision.Refused(error));
            case Inbound.Valid(var request, _) when request.stream() ->
                decided.accept(new Decision.Refused(Refusals.invalidParameter("stream", "must not be set in a batch")));
            case Inbound.Continued(var previous, _) ->
                decided.accept(new Decision.Refused(Refusals.previousResponseNotFound(previous)));
            case Inbound.Valid(_, var framing) when framing.background() -> decided
                    .accept(new Decision.Refused(
                            Refusals.invalidParameter("background", "must not be set in a batch")));
            case Inbound.Valid(var request, var framing) ->
                route(batch, line, request, framing.kept(false), new Caller(tenant, batch.getKeyId()), decided);
        }
    }

    private void route(Batch batch, BatchLine line, ChatRequest request, Framing framing, Caller caller,
            Consumer<Decision> decided) {
        switch (router.route(request, framing.format(), caller.tenant(), Lane.BATCH, null, sights, 0)) {
            case ModelRouter.Routing.Refused(var error) -> decided.accept(new Decision.Refused(error));
            case ModelRouter.Routing.Routed(var plan) when batch.getBudgetNanoUsd() == null ->
                hold(batch, line, request, framing, plan, caller, decided);
            case ModelRouter.Routing.Routed(var plan) -> {
                switch (Quote.of(request, plan, caller.tenant().maxOutputTokens(), true)) {
                    case Quote.Unbounded(var why) -> decided.accept(new Decision.Refused(why));
                    case Quote.Bounded(var dearest, var bounded) -> hold(batch,
                            BatchLine.newBuilder(line).setBoundNanoUsd(dearest.total()).build(), request, framing,
                            bounded, caller, decided);
                }
            }
        }
    }

    private void hold(Batch batch, BatchLine line, ChatRequest request, Framing framing, RoutePlan plan, Caller caller,
            Consumer<Decision> decided) {
        Instant now = Instant.now();
        budgets.hold(request, plan, caller, BatchIds.request(line), now, decision -> decided.accept(switch (decision) {
            case Budgets.Decision.Refused(var error) -> putOff(error)
                    ? new Decision.NotNow()
                    : new Decision.Refused(error);
            case Budgets.Decision.Granted(var limited, var held, var hold) -> {
                RequestEnvelope envelope = Envelopes.of(limited, framing, held,
                        new Envelopes.Ticket(BatchIds.request(line), caller.tenant(), caller.keyId(), Lane.BATCH, hold,
                                address, now, batch.getExpiresAt()));
                yield new Decision.Admitted(RequestEnvelope.newBuilder(envelope).setBatch(line).build());
            }
        }));
    }

    /** Another day, or when metering is back, the line may well be taken on. */
    private static boolean putOff(ApiError error) {
        return error.status() == 429 || error.status() == 503;
    }

    @Override
    public void settle(String requestId, long used) {
        till.settle(requestId, used);
    }

    @Override
    public void close() {
        till.close();
    }
}
