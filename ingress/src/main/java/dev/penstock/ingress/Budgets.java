package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Bound;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Estimate;
import dev.penstock.ingress.admission.Published;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.admission.TextTokens;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.ledger.Periods;
import dev.penstock.schemas.till.LedgerLine;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a request of an account with a cap is held for before it is taken on. Accounts without one cost
 * nothing here. Lives on one event loop.
 */
final class Budgets {
    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final CharSequence HOLD = HttpHeaders.createOptimized("x-penstock-hold-usd");
    private static final CharSequence REMAINING = HttpHeaders.createOptimized("x-penstock-budget-remaining-usd");
    private static final int SOFT_SHARE = 4;

    private final Vertx vertx;
    private final LedgerLine line;
    private final Till till;
    private final Catalog catalog;

    /** Whether a request may be taken on. */
    sealed interface Decision {
        /**
         * It may.
         *
         * @param request with the limit of output that its hold is for
         * @param hold what was set aside for it; null if none of its accounts has a cap
         */
        record Granted(ChatRequest request, @Nullable Hold hold) implements Decision {}

        /** It may not; nothing was set aside. */
        record Refused(ApiError error) implements Decision {}
    }

    Budgets(Vertx vertx, LedgerLine line, Till till, Catalog catalog) {
        this.vertx = vertx;
        this.line = line;
        this.till = till;
        this.catalog = catalog;
    }

    /**
     * Decides, at once or when the ledger has answered.
     *
     * @param now in whose day, in the tenant's zone, the request belongs
     */
    void hold(ChatRequest request, Caller caller, String requestId, Instant now, Consumer<Decision> decided) {
        String tenant = caller.tenant().name();
        List<String> accounts = Stream.of(tenant, Caps.account(tenant, caller.keyId()))
                .filter(account -> !line.cap(account).isNone()).toList();
        Model model = accounts.isEmpty() ? null : catalog.model(request.model());
        if (model == null) { // the admission refuses what is unknown
            decided.accept(new Decision.Granted(withUsual(request, caller), null));
            return;
        }
        boolean hard = accounts.stream().anyMatch(account -> line.cap(account).mode() == Cap.Mode.HARD);
        Published published = published(model);
        switch (Estimate.of(request, model, published, caller.tenant().maxOutputTokens())) {
            case Estimate.Bounded(var bound, int limit) -> {
                Taking taking = new Taking(request.limitedTo(limit), hard, accounts, caller, requestId, now);
                hold(taking, bound, decided, refused -> {
                    if (TextTokens.canCount(request, published)) {
                        count(taking, model, published, bound, refused, decided);
                    } else {
                        decided.accept(refused);
                    }
                });
            }
            case Estimate.Unpriced _ -> decided.accept(unless(hard, Refusals.priceUnknown(request.model()), request,
                    caller));
            case Estimate.Unbounded _ -> decided.accept(unless(hard, Refusals.outputUnbounded(request.model()),
                    request, caller));
            case Estimate.Unforeseeable(String parameter) -> decided.accept(unless(hard,
                    Refusals.costUnforeseeable(parameter, request.model()), request, caller));
        }
    }

    private static Decision unless(boolean hard, ApiError error, ChatRequest request, Caller caller) {
        return hard ? new Decision.Refused(error) : new Decision.Granted(withUsual(request, caller), null);
    }

    private static ChatRequest withUsual(ChatRequest request, Caller caller) {
        Integer usual = caller.tenant().maxOutputTokens();
        return usual == null ? request : request.limitedTo(usual);
    }

    /**
     * Tells the caller what is held for the request, and what its accounts can still spend beside that, as far as is known
     * here without asking. Nothing of accounts without a cap.
     */
    void tell(HttpServerResponse response, @Nullable Hold hold, LocalDate day) {
        if (hold != null) {
            response.putHeader(HOLD, Responses.dollars(hold.getNanoUsd()));
            Long remaining = till.remaining(hold.getFrom().stream().map(HeldFrom::getAccount).toList(), day);
            if (remaining != null) {
                response.putHeader(REMAINING, Responses.dollars(remaining));
            }
        }
    }

    /** What was held is not needed after all. */
    void release(String requestId) {
        till.settle(requestId, 0);
    }

    private Published published(Model model) {
        Provider provider = catalog.providers().get(model.provider());
        return provider == null ? Published.NOTHING : Published.of(provider.kind(), model.providerModel());
    }

    /** One request on its way to a hold. */
    private record Taking(ChatRequest request, boolean hard, List<String> accounts, Caller caller, String requestId,
            Instant now) {}

    /**
     * Tries again with a closer bound, since there is no room for the first one. Only then is it worth its time, which is
     * a worker's and not this loop's.
     */
    private void count(Taking taking, Model model, Published published, Bound before, Decision refused,
            Consumer<Decision> decided) {
        vertx.executeBlocking(() -> TextTokens.most(taking.request, published), false).onComplete(
                tokens -> {
                    Estimate estimate = Estimate.of(taking.request, model, published, null, tokens);
                    if (estimate instanceof Estimate.Bounded(var bound, _) && bound.total() < before.total()) {
                        hold(taking, bound, decided, decided);
                    } else {
                        decided.accept(refused);
                    }
                }, failure -> {
                    LOG.error("the prompt of request {} was not counted: {}", taking.requestId, failure.toString());
                    decided.accept(refused);
                });
    }

    /** @param lacking told instead of {@code decided} if there is no room for so much */
    private void hold(Taking taking, Bound bound, Consumer<Decision> decided, Consumer<Decision> lacking) {
        Caller caller = taking.caller;
        LocalDate day = LocalDate.ofInstant(taking.now, caller.tenant().zone());
        long amount = taking.hard ? bound.total() : bound.total() / SOFT_SHARE;
        till.hold(taking.requestId, caller.tenant().name(), taking.accounts, day, amount, decision -> {
            switch (decision) {
                case dev.penstock.schemas.ledger.Decision.Held(var hold) ->
                    decided.accept(new Decision.Granted(taking.request, hold));
                case dev.penstock.schemas.ledger.Decision.Lacking(var why) ->
                    lacking.accept(new Decision.Refused(refusal(why, bound, amount, caller, taking.now)));
                case dev.penstock.schemas.ledger.Decision.Unanswered _,dev.penstock.schemas.ledger.Decision.Waiting _ ->
                    decided.accept(new Decision.Refused(Refusals.ledgerUnavailable()));
            }
        });
    }

    private static ApiError refusal(Allowance why, Bound bound, long amount, Caller caller, Instant now) {
        Instant reset = Periods.reset(why.getPeriod(), why.getDay(), caller.tenant().zone());
        return Refusals.capReached(why, amount, bound.tokensFor(why.getRoom()), reset, now);
    }
}
