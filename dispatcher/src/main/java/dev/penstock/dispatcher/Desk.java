package dev.penstock.dispatcher;

import dev.penstock.dispatcher.HeldBack.Line;
import dev.penstock.dispatcher.intake.Claim;
import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.dispatcher.intake.Share;
import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.policy.Delay;
import dev.penstock.dispatcher.policy.Fallback;
import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.dispatcher.policy.FairQueue;
import dev.penstock.dispatcher.policy.Permit;
import dev.penstock.dispatcher.policy.Step;
import dev.penstock.dispatcher.provider.ProviderClient;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Loan;
import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a worker's requests wait for their turn and go to a call or to another queue. One event loop's. */
final class Desk implements ProviderDesk.Starter {
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
    private static final long EXPIRY_MS = 500;

    private final Vertx vertx;
    private final DispatcherConfig config;
    private final String address;
    private final Cashier cashier;
    private final Exit exit;
    private final Calls calls;
    private final WaitingRoom waitingRoom;
    private final Map<String, ProviderDesk> providers = new HashMap<>();
    private final HeldBack heldBack = new HeldBack();
    private final Set<Claim> claims = new HashSet<>();
    private final LoopWatch watch;
    private final long expiry;
    private @Nullable Intake intake;

    /** @param till for attempts that may be paid in addition to the one that was held for */
    Desk(Vertx vertx, DispatcherConfig config, String address, AttemptLog log, Till till, Runnable tellStatus) {
        this.vertx = vertx;
        this.config = config;
        this.address = address;
        this.cashier = new Cashier(vertx.eventBus(), till, config.catalog());
        this.exit = new Exit(vertx.eventBus(), config.topics(), log, address, cashier, this::answered);
        this.calls = new Calls(vertx, config.catalog(), address, log, cashier, exit, this);
        this.waitingRoom = new WaitingRoom(vertx, this::sendOn);
        for (Provider provider : config.catalog().providers().values()) {
            providers.put(provider.name(), new ProviderDesk(vertx, provider,
                    new FairQueue<>(config.queueLimit(), this::weight, Job::model),
                    new ProviderClient(vertx, provider, config.catalog()), this, address, tellStatus));
        }
        watch = new LoopWatch(vertx, providers.values());
        expiry = vertx.setPeriodic(EXPIRY_MS, _ -> calls.expire(Instant.now()));
    }

    /** Tells from now on where records come from and answers go. */
    void use(Intake other) {
        intake = other;
        heldBack.clear();
    }

    /** Takes a request on, to wait for its provider. */
    void take(Job job) {
        if (job.lane() == Lane.BATCH) {
            watch.begin();
        }
        ProviderDesk desk = job.isRoutable() ? providers.get(job.candidate().getProvider()) : null;
        if (desk == null) {
            exit.giveUp(job, "unroutable", ApiError.of(503, "server_error", "provider_unknown",
                    "This worker knows no provider of that name."));
        } else if (job.mayBeHandedOver() && config.catalog().handsOver(job.name(), job.candidate().getProvider())) {
            exit.handOver(job).onSuccess(_ -> answered(job.taken()));
        } else if (comesTooLate(job, desk)) {
            shed(job, desk);
        } else if (!desk.offer(job)) {
            heldBack.hold(Line.of(job), job.taken().claim(), intake());
        }
    }

    /** Takes a request of a retry topic on, to go to its queue when it is due. */
    void takeLater(Job job, Delay delay) {
        waitingRoom.take(job, delay, intake());
    }

    /** Puts away a record that is no request. */
    void bury(Taken taken) {
        String tenant = taken.record().key() == null ? "" : new String(taken.record().key(), StandardCharsets.UTF_8);
        exit.deadLetter(taken, tenant, "unreadable", "not a request envelope").onSuccess(_ -> answered(taken));
    }

    /** This worker's part of a provider's queue, and so of its quota. */
    void own(String provider, Share share) {
        ProviderDesk desk = providers.get(provider);
        if (desk != null) {
            desk.own(share);
        }
    }

    /** Records of these partitions may come, and are this worker's to work on. */
    void gained(Set<Claim> gained) {
        claims.addAll(gained);
    }

    /** Forgets what waits of partitions that are another worker's now; calls that are open go on. */
    void lost(Set<Claim> lost) {
        claims.removeAll(lost);
        waitingRoom.lost(claim -> !claims.contains(claim));
        providers.values().forEach(desk -> desk.drop(job -> !isMine(job)));
        heldBack.letIn(this::hasRoom, intake());
    }

    /** The intake has failed, and all that waits is lost with it. */
    void lostAll() {
        lost(Set.copyOf(claims));
    }

    /** What this worker looks like to those who choose providers, and to the other workers. */
    WorkerStatus status() {
        var seen = new ArrayList<WorkerStatus.Seen>();
        providers.values().forEach(desk -> desk.tell(seen));
        return new WorkerStatus(address, seen);
    }

    /** Another worker's status, or that it has none any more: calls that it has open beyond its share are let end first. */
    void onStatus(WorkerStatus other) {
        var whole = new HashMap<String, WorkerStatus.Seen>();
        other.providers().stream().filter(seen -> seen.model().isEmpty())
                .forEach(seen -> whole.put(seen.provider(), seen));
        providers.forEach((name, desk) -> desk.seen(other.worker(), whole.get(name)));
    }

    /** Of a provider that both workers know. */
    void onLoan(Loan loan) {
        Objects.requireNonNull(providers.get(loan.provider())).hear(loan);
    }

    void tellLoans() {
        providers.values().forEach(ProviderDesk::tellLoans);
    }

    Calls calls() {
        return calls;
    }

    /** Begins nothing more; completes when all that is open has been settled, of which the rest is cut off after {@code patience}. */
    Future<Void> drain(Duration patience) {
        return calls.drain(patience).onComplete(_ -> vertx.cancelTimer(expiry)).onComplete(_ -> cashier.close())
                .eventually(
                        () -> Future.join(providers.values().stream().map(desk -> desk.client().close()).toList()));
    }

    @Override
    public void begin(Job job, Permit permit) {
        ProviderDesk desk = Objects.requireNonNull(providers.get(job.candidate().getProvider()));
        letMoreIn(job);
        Instant now = Instant.now();
        if (calls.isDraining()) { // left unanswered, so it comes again elsewhere
            desk.release(job, permit);
        } else if (job.isExpired(now)) {
            desk.release(job, permit);
            exit.giveUp(job, "expired",
                    ApiError.of(504, "server_error", "deadline_exceeded", "The request waited until its deadline."));
        } else if (calls.isOpen(job.requestId())) { // another copy of it
            desk.release(job, permit);
            takeAgain(job, ASK_AGAIN);
        } else if (job.isDoubtful(now)) {
            ask(job, desk, permit);
        } else {
            calls.pay(job, desk, permit);
        }
    }

    @Override
    public void divert(Job job, Trouble trouble) {
        ProviderDesk desk = Objects.requireNonNull(providers.get(job.candidate().getProvider()));
        letMoreIn(job);
        Step step = Fallback.after(job.envelope(), job.envelope().getAttempt(), trouble, () -> true, Instant.now());
        switch (step) {
            case Step.Next(int candidate) -> exit.toCandidate(job, candidate).onSuccess(_ -> answered(job.taken()));
            case Step.Later(int candidate, var delay) ->
                exit.toRetry(job, candidate, delay).onSuccess(_ -> answered(job.taken()));
            case Step.Answer _,Step.Exhausted _,Step.GoOn _ ->
                exit.giveUp(job, "exhausted", Ends.untried(job, desk.capacity()));
            case Step.Wait(var before) -> takeAgain(job, before);
        }
    }

    /** Takes a job again after a time, unless another worker has it by then. */
    void takeAgain(Job job, Duration after) {
        vertx.setTimer(Math.max(1, after.toMillis()), _ -> {
            if (isMine(job)) {
                take(job);
            }
        });
    }

    boolean isMine(Job job) {
        return claims.contains(job.taken().claim());
    }

    void answered(Taken taken) {
        intake().answered(taken.claim(), taken.record().offset());
    }

    private void sendOn(Job job) {
        if (job.isRoutable()) {
            exit.toQueue(job).onSuccess(_ -> answered(job.taken()));
        } else {
            exit.giveUp(job, "unroutable", ApiError.of(503, "server_error", "provider_unknown",
                    "The request has no candidate of that number."));
        }
    }

    private int weight(String tenant) {
        Tenant known = config.catalog().tenants().get(tenant);
        return known == null ? 1 : known.weight();
    }

    /** Whether a caller would be gone before its request's turn. */
    private boolean comesTooLate(Job job, ProviderDesk desk) {
        return job.lane() == Lane.INTERACTIVE && !job.mayBeSecond()
                && Instant.now().plus(desk.expectedWait(job)).isAfter(job.envelope().getDeadline());
    }

    /** Refuses early what could not be answered in time. */
    private void shed(Job job, ProviderDesk desk) {
        if (Fallback.after(job.envelope(), job.envelope().getAttempt(), new Trouble.Full(Duration.ZERO), () -> true,
                Instant.now()) instanceof Step.Next(int candidate)) {
            exit.toCandidate(job, candidate).onSuccess(_ -> answered(job.taken()));
        } else {
            long late = Duration.between(job.envelope().getDeadline(), Instant.now().plus(desk.expectedWait(job)))
                    .toSeconds();
            exit.giveUp(job, "shed", new ApiError(503, "server_error", "overloaded", null,
                    "The request cannot be answered before its deadline.", Math.clamp(late, 1, 3600)));
        }
    }

    private void ask(Job job, ProviderDesk desk, Permit permit) {
        Inquirer.ask(vertx.eventBus(), job).onSuccess(state -> {
            switch (state) {
                case WAITING -> {
                    if (isMine(job) && !calls.isDraining()) {
                        calls.pay(job, desk, permit);
                    } else { // comes again elsewhere
                        desk.release(job, permit);
                    }
                }
                case ANSWERING -> {
                    // Another worker still answers; its end, or the ingress's word that it died, settles this one.
                    desk.release(job, permit);
                    takeAgain(job, ASK_AGAIN);
                }
                case GONE -> {
                    desk.release(job, permit);
                    exit.abandon(job);
                }
            }
        });
    }

    private void letMoreIn(Job job) {
        if (hasRoom(Line.of(job))) {
            heldBack.letIn(Line.of(job), intake());
        }
    }

    private boolean hasRoom(Line line) {
        var desk = providers.get(line.provider());
        return desk == null || desk.waiting(line.tenant(), line.lane()) <= config.queueLimit() / 2;
    }

    private Intake intake() {
        return Objects.requireNonNull(intake, "a job comes from an intake");
    }
}
