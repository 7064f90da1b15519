package dev.penstock.dispatcher;

import dev.penstock.dispatcher.Cashier.Paid;
import dev.penstock.dispatcher.policy.Permit;
import dev.penstock.dispatcher.policy.Step;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.catalog.Catalog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The attempts that a worker has open, from their payment to what follows from their end. One event loop's. */
final class Calls {
    /** A request that was refused goes to its next candidate after up to so many ms, lest all of them go at once. */
    private static final int JITTER_MS = 5;

    private final Vertx vertx;
    private final Catalog catalog;
    private final String address;
    private final AttemptLog log;
    private final Cashier cashier;
    private final Exit exit;
    private final Desk desk;
    private final Map<String, Attempt> open = new HashMap<>();
    private long attempts;
    private int unsettled;
    private boolean draining;
    private @Nullable Promise<Void> drained;

    Calls(Vertx vertx, Catalog catalog, String address, AttemptLog log, Cashier cashier, Exit exit, Desk desk) {
        this.vertx = vertx;
        this.catalog = catalog;
        this.address = address;
        this.log = log;
        this.cashier = cashier;
        this.exit = exit;
        this.desk = desk;
    }

    void onSignal(Signal signal) {
        Attempt attempt = open.get(signal.requestId());
        if (attempt != null) {
            attempt.onSignal(signal);
        }
    }

    /** Whether a request is being answered here. */
    boolean isOpen(String requestId) {
        return open.containsKey(requestId);
    }

    boolean isDraining() {
        return draining;
    }

    /** An ingress calls off what its callers wait for no longer; one that died calls off nothing, and gives no credit. */
    void expire(Instant now) {
        new ArrayList<>(open.values()).stream().filter(attempt -> attempt.isOverdue(now)).forEach(Attempt::cancel);
    }

    /** Completes when all that is open has been settled, of which the rest is cut off after {@code patience}. */
    Future<Void> drain(Duration patience) {
        draining = true;
        Promise<Void> promise = Promise.promise();
        drained = promise;
        if (unsettled == 0) {
            promise.complete();
        } else {
            vertx.setTimer(Math.max(1, patience.toMillis()),
                    _ -> new ArrayList<>(open.values()).forEach(Attempt::cancel));
        }
        return promise.future();
    }

    /** Calls for a job as soon as there is a hold for it. */
    void pay(Job job, ProviderDesk from, Permit permit) {
        cashier.pay(job, paid -> {
            switch (paid) {
                case Paid.Held held -> call(job, from, permit, held);
                case Paid.Unpaid(var reason, var error) -> {
                    from.release(job, permit);
                    exit.giveUp(job, reason, error);
                }
            }
        });
    }

    private void call(Job job, ProviderDesk from, Permit permit, Paid.Held held) {
        var attempt = new Attempt(vertx,
                job.requestId() + "/" + address.substring(address.length() - 12) + "-" + ++attempts,
                job, address, log, frame -> exit.frame(job, frame), catalog, held.hold(), held.receipts());
        open.put(job.requestId(), attempt);
        unsettled++;
        Runnable again = () -> from.capacity().again(permit, ProviderDesk.now());
        attempt.start(from.client(), permit.key(), again).onSuccess(outcome -> {
            open.remove(job.requestId(), attempt);
            long now = ProviderDesk.now();
            if (attempt.firstTokenNanos() >= 0) {
                from.capacity().firstToken(permit, attempt.firstTokenNanos(), now);
            }
            from.capacity().leftOver(permit, attempt.headroom(), now);
            from.end(job, permit, Ends.verdict(outcome));
            follow(job, attempt, outcome, held, Ends.step(job, outcome, from, Instant.now()));
        });
    }

    private void follow(Job job, Attempt attempt, Outcome outcome, Paid.Held held, Step step) {
        switch (step) {
            case Step.Answer _ -> attempt.settle(outcome).onSuccess(_ -> {
                if (attempt.comesAgain(outcome)) {
                    ended(); // elsewhere
                } else {
                    settled(job);
                }
            });
            case Step.Exhausted _ -> exit.deadLetter(job, "exhausted", "every candidate has failed")
                    .compose(_ -> attempt.settle(outcome)).onSuccess(_ -> settled(job));
            case Step.Wait(var before) -> goOn(job, attempt, outcome, held, () -> {
                desk.takeAgain(job.again(), before);
                ended();
            });
            case Step.Next(int candidate) -> goOn(job, attempt, outcome, held,
                    () -> vertx.setTimer(1 + ThreadLocalRandom.current().nextInt(JITTER_MS),
                            _ -> exit.toCandidate(job, candidate).onSuccess(_ -> settled(job))));
            case Step.GoOn(int candidate) -> attempt.breakOff(outcome).onSuccess(continued -> {
                if (desk.isMine(job)) {
                    exit.goOn(job, candidate, continued).onSuccess(_ -> settled(job));
                } else {
                    ended();
                }
            });
            case Step.Later(int candidate, var delay) -> goOn(job, attempt, outcome, held,
                    () -> exit.toRetry(job, candidate, delay).onSuccess(_ -> settled(job)));
        }
    }

    /**
     * Goes on with a request when its attempt's end is on the log, unless another worker has its partition by now: that
     * one finds it unanswered.
     */
    private void goOn(Job job, Attempt attempt, Outcome outcome, Paid.Held held, Runnable further) {
        attempt.record(outcome).onSuccess(_ -> {
            cashier.takeBack(job, held);
            if (desk.isMine(job)) {
                further.run();
            } else {
                ended();
            }
        });
    }

    private void settled(Job job) {
        desk.answered(job.taken());
        ended();
    }

    private void ended() {
        unsettled--;
        if (unsettled == 0 && drained != null) {
            drained.tryComplete();
        }
    }
}
