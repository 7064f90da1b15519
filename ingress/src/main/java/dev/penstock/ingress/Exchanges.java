package dev.penstock.ingress;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Loan;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.bus.Standing.State;
import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.ResponsePart;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The open exchanges of one ingress instance, and its one bus address: an address an instance, not an address a
 * request, since a cluster tells all its members of each. Lives on one event loop.
 */
final class Exchanges {
    private static final long TICK_MS = 1000;
    private static final DeliveryOptions SOON = new DeliveryOptions().setSendTimeout(2000);

    private final Vertx vertx;
    private final String address = "penstock.ingress." + UUID.randomUUID();
    private final Consumer<Receipt> receipts;
    private final long keepAliveMs;
    private final Map<String, Pending> open = new HashMap<>();
    private final MessageConsumer<BusMessage> consumer;
    private final MessageConsumer<BusMessage> inquiries;
    private final ResponseLog answers;
    private final long ticker;
    private @Nullable Promise<Void> emptied;

    /** To be made on the event loop that will own it; {@code receipts} is told what requests have used. */
    Exchanges(Vertx vertx, ResponseLog answers, Duration keepAlive, Consumer<Receipt> receipts) {
        this.receipts = receipts;
        this.vertx = vertx;
        this.keepAliveMs = keepAlive.toMillis();
        this.answers = answers;
        this.consumer = vertx.eventBus().consumer(address, this::onMessage);
        this.inquiries = vertx.eventBus().consumer(Inquiry.KEPT, this::onInquiry);
        this.ticker = vertx.setPeriodic(Math.min(TICK_MS, keepAliveMs), _ -> tick());
    }

    /** Where dispatchers are to send frames. */
    String address() {
        return address;
    }

    /** Completes when dispatchers can reach the address. */
    Future<Void> reachable() {
        return consumer.completion();
    }

    /**
     * Opens an exchange; to be done before its request is appended, since frames may overtake the acknowledgement.
     *
     * @param onBegun run each time that a worker begins with it
     * @param onEnd run once, when nothing more will be written
     */
    Exchange open(RequestEnvelope envelope, HttpServerResponse response, RouteHeaders heads, Runnable onBegun,
            Runnable onEnd) {
        String requestId = envelope.getRequestId();
        var exchange = new Exchange(envelope, System.currentTimeMillis(), response, heads, this::signal, onBegun,
                () -> {
                    onEnd.run();
                    ended(requestId);
                });
        open.put(requestId, exchange);
        return exchange;
    }

    /** As {@link #open}, for an answer that is kept. */
    Detached detach(RequestEnvelope envelope, Runnable onBegun, Runnable onEnd) {
        String requestId = envelope.getRequestId();
        var detached = new Detached(envelope, onBegun, () -> {
            onEnd.run();
            ended(requestId);
        });
        open.put(requestId, detached);
        return detached;
    }

    /** How many callers wait or are being answered. */
    int size() {
        return open.size();
    }

    /** Completes when the last open exchange has ended, or when {@code patience} is over and the rest was ended with an error. */
    Future<Void> drain(Duration patience) {
        Promise<Void> drained = Promise.promise();
        emptied = drained;
        if (nobodyWaits()) {
            drained.tryComplete();
        } else {
            vertx.setTimer(Math.max(1, patience.toMillis()), _ -> failAll(Refusals.shuttingDown()));
        }
        return drained.future().eventually(() -> {
            vertx.cancelTimer(ticker);
            return Future.join(consumer.unregister(), inquiries.unregister()).mapEmpty();
        });
    }

    private void failAll(ApiError error) {
        new ArrayList<>(open.values()).forEach(exchange -> exchange.fail(error));
    }

    private boolean nobodyWaits() {
        return open.values().stream().noneMatch(Exchange.class::isInstance);
    }

    private void ended(String requestId) {
        open.remove(requestId);
        if (emptied != null && nobodyWaits()) {
            emptied.tryComplete();
        }
    }

    private void onMessage(Message<BusMessage> message) {
        switch (message.body()) {
            case Frame frame -> onFrame(frame);
            case Inquiry inquiry -> standing(inquiry)
                    .onSuccess(state -> message.reply(new Standing(inquiry.requestId(), state)));
            case Receipt receipt -> receipts.accept(receipt);
            case Signal _,Standing _,WorkerStatus _,Traffic _,Loan _ -> {
            } // not for an ingress
        }
    }

    private void onFrame(Frame frame) {
        Pending exchange = open.get(frame.requestId());
        if (exchange != null) {
            exchange.onFrame(frame, System.currentTimeMillis());
        } else if (frame instanceof Frame.Begun begun) {
            signal(begun.worker(), new Signal.Cancel(begun.requestId()));
        }
    }

    /**
     * What a worker that inherited a request, or is to go on with its answer, is to know of it. If another worker had
     * begun with it, that one is asked whether it is still at it. If it is not, all that it has sent is here, and what the
     * client has seen has to be what the next one knows of.
     */
    private Future<State> standing(Inquiry inquiry) {
        String requestId = inquiry.requestId();
        Pending exchange = open.get(requestId);
        if (exchange == null) {
            return Future.succeededFuture(State.GONE);
        }
        String worker = exchange.worker();
        if (worker == null) {
            return Future.succeededFuture(State.WAITING);
        }
        return ask(worker, inquiry).map(state -> {
            if (state != State.GONE) {
                return State.ANSWERING;
            }
            if (!exchange.canGoOnAfter(inquiry.seen())) {
                exchange.fail(Refusals.workerLost());
            }
            return open.get(requestId) == exchange ? State.WAITING : State.GONE;
        });
    }

    /** Tells of an answer that is kept, whoever took its request: the log knows whether it has ended, and who began it last. */
    private void onInquiry(Message<BusMessage> message) {
        if (message.body() instanceof Inquiry inquiry) {
            String requestId = inquiry.requestId();
            Glance.at(answers, requestId, vertx.getOrCreateContext(), replay -> {
                ResponsePart begun = replay.begun();
                Future<State> state = replay.end() != null
                        ? Future.succeededFuture(State.GONE)
                        : begun == null
                                ? Future.succeededFuture(State.WAITING)
                                : ask(begun.getWorker(), inquiry)
                                        .map(other -> other == State.GONE ? State.WAITING : State.ANSWERING);
                state.onSuccess(known -> message.reply(new Standing(requestId, known)));
            });
        }
    }

    private Future<State> ask(String worker, Inquiry inquiry) {
        return vertx.eventBus().<Standing>request(worker, inquiry, SOON)
                .map(reply -> reply.body().state()).otherwise(Exchanges::silent);
    }

    /** A worker without an address has died; one that is only silent may be slow, and is asked about again. */
    private static State silent(Throwable why) {
        return why instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS
                ? State.GONE
                : State.ANSWERING;
    }

    private void signal(String worker, Signal signal) {
        vertx.eventBus().send(worker, signal);
    }

    private void tick() {
        long now = System.currentTimeMillis();
        for (Pending exchange : new ArrayList<>(open.values())) {
            exchange.onTick(now, keepAliveMs);
        }
    }
}
