package dev.penstock.dispatcher;

import dev.penstock.dispatcher.policy.HoldAgain;
import dev.penstock.dispatcher.provider.Spoken;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.ledger.Decision;
import dev.penstock.schemas.till.Till;
import io.vertx.core.eventbus.EventBus;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Sees to it that every attempt that may be paid has a hold of its own. One event loop's. */
final class Cashier {
    private final EventBus bus;
    private final Till till;
    private final Catalog catalog;

    /** @param catalog for the prices */
    Cashier(EventBus bus, Till till, Catalog catalog) {
        this.bus = bus;
        this.till = till;
        this.catalog = catalog;
    }

    /** What a job may be paid from, or why it may not be called for. */
    sealed interface Paid {
        /**
         * It may be called for.
         *
         * @param hold what was set aside for the attempt; null where no account has a cap
         * @param receipts to be told what of it was used, once
         */
        record Held(@Nullable Hold hold, LongConsumer receipts) implements Paid {}

        /** It may not. */
        record Unpaid(String reason, ApiError error) implements Paid {}
    }

    /** Receives the answer; at once, unless somebody else may have used up what was held and the ledger is asked. */
    interface Answer {
        void paid(Paid paid);
    }

    void pay(Job job, Answer answer) {
        Hold hold = job.envelope().getHold();
        if (hold == null || !job.mayBeSecond()) {
            answer.paid(new Paid.Held(hold, used -> receipt(job, used)));
            return;
        }
        till.hold(job.requestId(), job.tenant(), hold.getFrom().stream().map(HeldFrom::getAccount).toList(),
                job.envelope().getBillingDay(), amount(job, hold), decision -> answer.paid(switch (decision) {
                    case Decision.Held(var second) ->
                        new Paid.Held(second, used -> till.settle(job.requestId(), used));
                    case Decision.Lacking _ -> new Paid.Unpaid("over-cap",
                            ApiError.of(429, "insufficient_quota", "insufficient_quota",
                                    before(job) + " the budget does not allow to go on."));
                    case Decision.Unanswered _,Decision.Waiting _ -> new Paid.Unpaid("ledger-silent",
                            ApiError.of(503, "server_error", "ledger_unavailable",
                                    before(job) + " the budget for another attempt cannot be asked for."));
                }));
    }

    /** What covers an attempt: what was held for the first, and what the answer that it goes on with adds to the prompt. */
    private long amount(Job job, Hold hold) {
        Continued continued = job.past().continued();
        if (continued == null) {
            return hold.getNanoUsd();
        }
        String text = continued.getText();
        return HoldAgain.nanoUsd(hold.getNanoUsd(), catalog.price(job.name(), job.candidate().getProvider()),
                Spoken.addedInput(text), Spoken.addedOutput(text));
    }

    private static String before(Job job) {
        return job.past().continued() == null
                ? "The worker of this request was lost, and"
                : "The answer broke off, and";
    }

    /** The call was not made after all. */
    void takeBack(Job job, Paid.Held held) {
        if (held.hold() != null && job.mayBeSecond()) {
            held.receipts().accept(0);
        }
    }

    /** Nothing was paid for this request, unless by a worker before. */
    void notPaid(Job job) {
        if (job.envelope().getHold() != null && !job.mayBeSecond()) {
            receipt(job, 0);
        }
    }

    void close() {
        till.close();
    }

    private void receipt(Job job, long used) {
        if (!job.envelope().getReplyTo().isEmpty()) { // of a shadow too: its hold is the ingress's
            bus.send(job.envelope().getReplyTo(), new Receipt(job.requestId(), used));
        }
    }
}
