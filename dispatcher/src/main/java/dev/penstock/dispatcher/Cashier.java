package dev.penstock.dispatcher;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Receipt;
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

    Cashier(EventBus bus, Till till) {
        this.bus = bus;
        this.till = till;
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
                job.envelope().getBillingDay(), hold.getNanoUsd(), decision -> answer.paid(switch (decision) {
                    case Decision.Held(var second) ->
                        new Paid.Held(second, used -> till.settle(job.requestId(), used));
                    case Decision.Lacking _ -> new Paid.Unpaid("over-cap",
                            ApiError.of(429, "insufficient_quota", "insufficient_quota",
                                    "The worker of this request was lost, and the budget does not allow to begin it again."));
                    case Decision.Unanswered _,Decision.Waiting _ -> new Paid.Unpaid("ledger-silent",
                            ApiError.of(503, "server_error", "ledger_unavailable",
                                    "The worker of this request was lost, and the budget for another cannot be asked for."));
                }));
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
