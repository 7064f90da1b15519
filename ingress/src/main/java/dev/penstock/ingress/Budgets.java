package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.Bound;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.ingress.routing.Quote;
import dev.penstock.ingress.routing.RoutePlan;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Caps;
import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.ledger.Periods;
import dev.penstock.schemas.till.LedgerLine;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.Callable;
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

    private final Worker worker;
    private final LedgerLine line;
    private final Till till;

    /** Whether a request may be taken on. */
    sealed interface Decision {
        /**
         * It may.
         *
         * @param request with the limit of output that its hold is for
         * @param plan those of its candidates that the hold covers
         * @param hold what was set aside for it; null if none of its accounts has a cap
         */
        record Granted(ChatRequest request, RoutePlan plan, @Nullable Hold hold) implements Decision {}

        /** It may not; nothing was set aside. */
        record Refused(ApiError error) implements Decision {}
    }

    /** Does what takes too long for the loop that asks, which is told on its own context. */
    interface Worker {
        Future<Quote> run(Callable<Quote> task);
    }

    Budgets(Worker worker, LedgerLine line, Till till) {
        this.worker = worker;
        this.line = line;
        this.till = till;
    }

    /**
     * Decides, at once or when the ledger has answered.
     *
     * @param now in whose day, in the tenant's zone, the request belongs
     */
    void hold(ChatRequest request, RoutePlan plan, Caller caller, String requestId, Instant now,
            Consumer<Decision> decided) {
        List<String> accounts = capped(caller);
        boolean hard = isHard(accounts);
        if (accounts.isEmpty()) {
            decided.accept(new Decision.Granted(plan.limited(request), plan, null));
            return;
        }
        switch (Quote.of(request, plan, caller.tenant().maxOutputTokens(), hard)) {
            case Quote.Bounded(var dearest, var bounded) -> {
                var taking = new Taking(bounded.limited(request), bounded, hard, accounts, caller, requestId, now);
                hold(taking, dearest, decided, refused -> count(taking, dearest, refused, decided));
            }
            case Quote.Unbounded(var why) -> decided.accept(hard
                    ? new Decision.Refused(why)
                    : new Decision.Granted(plan.limited(request), plan, null));
        }
    }

    /** What {@link #hold} would decide if there were enough in every account; holds nothing. */
    Decision quote(ChatRequest request, RoutePlan plan, Caller caller) {
        boolean hard = isHard(capped(caller));
        return switch (Quote.of(request, plan, caller.tenant().maxOutputTokens(), hard)) {
            case Quote.Bounded(_, var bounded) -> new Decision.Granted(bounded.limited(request), bounded, null);
            case Quote.Unbounded(var why) -> hard
                    ? new Decision.Refused(why)
                    : new Decision.Granted(plan.limited(request), plan, null);
        };
    }

    private List<String> capped(Caller caller) {
        String tenant = caller.tenant().name();
        return Stream.of(tenant, Caps.account(tenant, caller.keyId())).filter(account -> !line.cap(account).isNone())
                .toList();
    }

    private boolean isHard(List<String> accounts) {
        return accounts.stream().anyMatch(account -> line.cap(account).mode() == Cap.Mode.HARD);
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

    /** One request on its way to a hold. */
    private record Taking(ChatRequest request, RoutePlan plan, boolean hard, List<String> accounts, Caller caller,
            String requestId, Instant now) {}

    /**
     * Tries again with a closer bound, since there is no room for the first one. Only then is it worth its time, which is
     * a worker's and not this loop's.
     */
    private void count(Taking taking, Bound before, Decision refused, Consumer<Decision> decided) {
        if (!Quote.canBeCounted(taking.request, taking.plan)) {
            decided.accept(refused);
            return;
        }
        worker.run(() -> Quote.counted(taking.request, taking.plan, taking.caller.tenant().maxOutputTokens(),
                taking.hard)).onComplete(quote -> {
                    if (quote instanceof Quote.Bounded(var bound, _) && bound.total() < before.total()) {
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
                    decided.accept(new Decision.Granted(taking.request, taking.plan, hold));
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
