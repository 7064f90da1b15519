package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Share;
import dev.penstock.dispatcher.policy.Capacity;
import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.dispatcher.policy.FairQueue;
import dev.penstock.dispatcher.policy.Loans;
import dev.penstock.dispatcher.policy.Permit;
import dev.penstock.dispatcher.policy.RetryBudget;
import dev.penstock.dispatcher.policy.Turnstile;
import dev.penstock.dispatcher.policy.Turnstile.Turn;
import dev.penstock.dispatcher.policy.Verdict;
import dev.penstock.dispatcher.provider.ProviderClient;
import dev.penstock.schemas.bus.Loan;
import dev.penstock.schemas.bus.WorkerStatus.Seen;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Lane;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What waits for one provider on one worker, what may be called of it, and the client that calls. One event loop's. */
final class ProviderDesk {
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final String name;
    private final Turnstile<Job> turnstile;
    private final ProviderClient client;
    private final Starter starter;
    private final String address;
    private final Runnable tellStatus;
    private final RetryBudget budget = new RetryBudget();
    private boolean pumping;
    private long timer = NO_TIMER;
    private long timerAt;

    /** Takes on the jobs whose turn it is. */
    interface Starter {
        /** The call may begin; {@link #end} is to be told of its end. */
        void begin(Job job, Permit permit);

        /** It had better not wait here. */
        void divert(Job job, Trouble trouble);
    }

    /**
     * @param address of the worker, for the other ones
     * @param tellStatus tells them what it looks like
     */
    ProviderDesk(Vertx vertx, Provider provider, FairQueue<Job> queue, ProviderClient client, Starter starter,
            String address, Runnable tellStatus) {
        this.address = address;
        this.tellStatus = tellStatus;
        this.vertx = vertx;
        this.name = provider.name();
        this.turnstile = new Turnstile<>(queue, new Capacity(provider));
        this.client = client;
        this.starter = starter;
    }

    ProviderClient client() {
        return client;
    }

    Capacity capacity() {
        return turnstile.capacity();
    }

    RetryBudget budget() {
        return budget;
    }

    /** Lets a job wait for its turn, which may be at once. False if its tenant has as much waiting as it may. */
    boolean offer(Job job) {
        long tokens = capacity().tokens(job.model(), job.envelope().getBody().remaining(), job.mostOutput(), now());
        boolean room = turnstile.offer(job.countedFor(tokens));
        pump();
        return room;
    }

    /** How much of a tenant's lane waits. */
    int waiting(String tenant, Lane lane) {
        return turnstile.waiting(tenant, lane);
    }

    /** Whether something of batch waits or is being called for. */
    boolean hasBatch() {
        return turnstile.waiting(Lane.BATCH) > 0 || capacity().hasBatch();
    }

    /** How long an interactive job is likely to wait; zero if that is not known. */
    Duration expectedWait(Job job) {
        return Duration.ofNanos(turnstile.expectedWait(job.tenant(), job.model(), now()));
    }

    /** The worker's share of the provider's queue has changed. */
    void own(Share share) {
        capacity().own(share.partitions(), share.of(), now());
        pump();
    }

    /** What another worker looks like; null if it is gone or has nothing of this provider. */
    void seen(String worker, @Nullable Seen there) {
        if (there == null) {
            turnstile.gone(worker);
        } else {
            capacity().elsewhere(worker, -there.free());
            turnstile.seen(worker, there.free(), there.waiting());
        }
        pump();
    }

    /** Another worker has said how a loan stands. */
    void hear(Loan loan) {
        turnstile.hear(
                new Loans.Terms(loan.from(), !loan.lends(), loan.lent(), loan.returned(), loan.wanted()));
        pump();
    }

    /** Once a second: gives back what is not needed, and tells again how all loans stand. */
    void tellLoans() {
        tellLoans(true);
    }

    private void tellLoans(boolean all) {
        for (Loans.Terms terms : turnstile.toTell(all)) {
            vertx.eventBus().send(terms.other(),
                    new Loan(address, name, terms.lends(), terms.lent(), terms.returned(), terms.wanted()));
        }
    }

    /** A call is over, and what it had of the quotas is free. */
    void end(Job job, Permit permit, Verdict verdict) {
        boolean over = capacity().isOver();
        turnstile.end(job, permit, verdict, now());
        if (over) { // another waits for that
            tellStatus.run();
        }
        if (verdict instanceof Verdict.Well) {
            budget.succeeded();
        }
        pump();
    }

    /** No call was made after all. */
    void release(Job job, Permit permit) {
        end(job, permit, new Verdict.Nothing(0));
    }

    void drop(Predicate<Job> which) {
        turnstile.removeIf(which);
    }

    /** Adds what it looks like from here, unless it is none of this worker's. */
    void tell(List<Seen> seen) {
        int waiting = turnstile.waiting(Lane.INTERACTIVE);
        capacity().view(now(), (model, view) -> {
            if (view.quota() > 0 || view.free() < 0 || capacity().isInUse()) {
                double ms = view.firstTokenNanos() < 0 ? -1 : view.firstTokenNanos() / 1e6;
                seen.add(new Seen(name, model, view.quota(), view.free(), waiting, (int) Math.ceil(ms), view.open()));
            }
        });
    }

    static long now() {
        return System.nanoTime();
    }

    /** Not called within itself, however many jobs end as they begin. */
    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            for (Optional<Turn<Job>> turn = next(); turn.isPresent(); turn = next()) {
                switch (turn.get()) {
                    case Turn.Begin<Job>(var job, var permit) -> starter.begin(job, permit);
                    case Turn.Divert<Job>(var job, var trouble) -> starter.divert(job, trouble);
                }
            }
        } finally {
            pumping = false;
        }
        wakeAt(turnstile.dueAt());
        tellLoans(false);
    }

    private Optional<Turn<Job>> next() {
        return turnstile.next(now());
    }

    private void wakeAt(long due) {
        if (due == Turnstile.NEVER || timer != NO_TIMER && timerAt <= due) {
            return;
        }
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
        }
        timerAt = due;
        timer = vertx.setTimer(Math.max(1, TimeUnit.NANOSECONDS.toMillis(due - now()) + 1), _ -> {
            timer = NO_TIMER;
            pump();
        });
    }
}
