package dev.penstock.dispatcher;

import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Standing;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;

/**
 * Asks how a request stands. Who has no address any more is gone, and then, of an answer that is kept, the log is to
 * tell; who is only silent may be slow, and is asked again until the deadline.
 */
final class Inquirer {
    private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(5000);

    private Inquirer() {}

    /** Never fails. */
    static Future<Standing.State> ask(EventBus bus, Job job) {
        return ask(bus, job, job.mayBeSecond() && job.isKept() ? Inquiry.KEPT : job.envelope().getReplyTo());
    }

    private static Future<Standing.State> ask(EventBus bus, Job job, String whom) {
        return bus.<Standing>request(whom, new Inquiry(job.requestId(), job.past().seen()), PATIENCE)
                .map(reply -> reply.body().state()).recover(why -> {
                    boolean gone = why instanceof ReplyException e && e.failureType() == ReplyFailure.NO_HANDLERS;
                    if (!gone || whom.equals(Inquiry.KEPT)) {
                        return Future.succeededFuture(Standing.State.ANSWERING);
                    }
                    return job.isKept() ? ask(bus, job, Inquiry.KEPT) : Future.succeededFuture(job.standingIfGone());
                });
    }
}
