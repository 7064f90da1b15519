package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Admitter;
import dev.penstock.ingress.admission.Admitter.Admission;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.ChatRequestReader;
import dev.penstock.ingress.admission.Estimate;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.batch.BatchIds;
import dev.penstock.ingress.batch.LineAdmission;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.till.Till;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes lines of batches on by the rules that every request is taken on by. Lives on the runner's thread. */
final class BatchAdmission implements LineAdmission {
    private final Catalog catalog;
    private final Budgets budgets;
    private final Till till;
    private final Admitter admitter;
    private final String address;

    /** @param address where workers can ask whether a line is still wanted */
    BatchAdmission(Catalog catalog, Budgets budgets, Till till, Admitter admitter, String address) {
        this.catalog = catalog;
        this.budgets = budgets;
        this.till = till;
        this.admitter = admitter;
        this.address = address;
    }

    @Override
    public void admit(Batch batch, BatchLine line, byte[] body, Consumer<Decision> decided) {
        Tenant tenant = catalog.tenants().get(batch.getTenant());
        if (tenant == null) {
            decided.accept(new Decision.Refused(Refusals.invalidApiKey()));
            return;
        }
        switch (ChatRequestReader.read(body)) {
            case ChatRequestReader.Result.Invalid(var error) -> decided.accept(new Decision.Refused(error));
            case ChatRequestReader.Result.Valid(var request) when request.stream() ->
                decided.accept(new Decision.Refused(Refusals.invalidParameter("stream", "must not be set in a batch")));
            case ChatRequestReader.Result.Valid(var request) ->
                hold(batch, line, request, new Caller(tenant, batch.getKeyId()), decided);
        }
    }

    private void hold(Batch batch, BatchLine line, ChatRequest request, Caller caller, Consumer<Decision> decided) {
        Instant now = Instant.now();
        if (batch.getBudgetNanoUsd() == null) {
            hold(batch, line, request, caller, now, decided);
            return;
        }
        Model model = catalog.model(request.model());
        if (model != null && Estimate.of(request, model,
                caller.tenant().maxOutputTokens()) instanceof Estimate.Bounded(var bound, int limit)) {
            hold(batch, BatchLine.newBuilder(line).setBoundNanoUsd(bound.total()).build(), request.limitedTo(limit),
                    caller, now, decided);
        } else {
            decided.accept(new Decision.Refused(Refusals.priceUnknown(request.model())));
        }
    }

    private void hold(Batch batch, BatchLine line, ChatRequest request, Caller caller, Instant now,
            Consumer<Decision> decided) {
        budgets.hold(request, caller, BatchIds.request(line), now, decision -> {
            switch (decision) {
                case Budgets.Decision.Refused(var error) -> decided.accept(putOff(error)
                        ? new Decision.NotNow()
                        : new Decision.Refused(error));
                case Budgets.Decision.Granted(var granted, var hold) ->
                    decided.accept(admit(batch, line, granted, caller, hold, now));
            }
        });
    }

    private Decision admit(Batch batch, BatchLine line, ChatRequest request, Caller caller, @Nullable Hold hold,
            Instant now) {
        String requestId = BatchIds.request(line);
        return switch (admitter.admit(request, caller.tenant(), caller.keyId(), requestId, hold, address, now)) {
            case Admission.Refused(var error) -> {
                budgets.release(requestId);
                yield new Decision.Refused(error);
            }
            case Admission.Admitted(var envelope) -> new Decision.Admitted(RequestEnvelope.newBuilder(envelope)
                    .setLane(Lane.BATCH).setDeadline(batch.getExpiresAt()).setBatch(line).build());
        };
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
