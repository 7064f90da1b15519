package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Claim;
import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.dispatcher.intake.Share;
import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.policy.FairQueue;
import dev.penstock.dispatcher.policy.Slots;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.dispatcher.provider.ProviderClient;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.DeadLetter;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.ledger.Decision;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a worker's requests wait, are begun and are settled. Lives on one event loop, which owns all of its state.
 */
final class Desk {
    private static final long ASK_AGAIN_MS = 1000;
    private static final DeliveryOptions INQUIRY = new DeliveryOptions().setSendTimeout(5000);

    private final Vertx vertx;
    private final DispatcherConfig config;
    private final String address;
    private final AttemptLog log;
    private final Till till;
    private final Map<String, ProviderDesk> providers = new HashMap<>();
    private final Map<String, Attempt> open = new HashMap<>();
    private final Map<Line, Set<Claim>> held = new HashMap<>();
    private final Set<Claim> claims = new HashSet<>();
    private @Nullable Intake intake;
    private long attempts;
    private int unsettled;
    private boolean draining;
    private @Nullable Promise<Void> drained;

    /** What of a tenant waits in a lane. */
    private record Line(String tenant, Lane lane) {}

    /** @param till for attempts that may be paid in addition to the one that was held for */
    Desk(Vertx vertx, DispatcherConfig config, String address, AttemptLog log, Till till) {
        this.till = till;
        this.vertx = vertx;
        this.config = config;
        this.address = address;
        this.log = log;
        for (Provider provider : config.catalog().providers().values()) {
            providers.put(provider.name(), new ProviderDesk(new FairQueue<>(config.queueLimit(), this::weight),
                    new Slots(provider.maxConcurrentCalls()), new ProviderClient(vertx, provider, config.catalog()),
                    this::begin));
        }
    }

    /** Tells from now on where records come from and answers go. */
    void use(Intake other) {
        intake = other;
        held.clear();
    }

    /** Takes a request on, to wait for its provider. */
    void take(Job job) {
        ProviderDesk desk = providers.get(job.candidate().getProvider());
        if (desk == null) {
            giveUp(job, "unroutable", ApiError.of(503, "server_error", "provider_unknown",
                    "This worker knows no provider of that name."));
        } else if (!desk.offer(job)) {
            Claim claim = job.taken().claim();
            if (held.computeIfAbsent(line(job), _ -> new HashSet<>()).add(claim)) {
                intake().pause(claim);
            }
        }
    }

    /** Puts away a record that is no request. */
    void bury(Taken taken) {
        String tenant = taken.record().key() == null ? "" : new String(taken.record().key(), StandardCharsets.UTF_8);
        deadLetter(taken, tenant, "unreadable", "not a request envelope").onSuccess(_ -> answered(taken));
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
        providers.values().forEach(desk -> desk.drop(job -> !isMine(job)));
        providers.values().forEach(desk -> List.copyOf(held.keySet()).forEach(line -> letMoreIn(line, desk)));
    }

    /** The intake has failed, and all that waits is lost with it. */
    void lostAll() {
        lost(Set.copyOf(claims));
    }

    void onSignal(Signal signal) {
        Attempt attempt = open.get(signal.requestId());
        if (attempt != null) {
            attempt.onSignal(signal);
        }
    }

    /** Whether a request is being answered here. */
    boolean isAnswering(String requestId) {
        return open.containsKey(requestId);
    }

    /** Begins nothing more; completes when all that is open has been settled, of which the rest is cut off after {@code patience}. */
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
        return promise.future().onComplete(_ -> till.close()).eventually(
                () -> Future.join(providers.values().stream().map(desk -> desk.client().close()).toList()));
    }

    private int weight(String tenant) {
        Tenant known = config.catalog().tenants().get(tenant);
        return known == null ? 1 : known.weight();
    }

    /** It is this job's turn, and a slot has been taken for it. */
    private void begin(Job job) {
        ProviderDesk desk = Objects.requireNonNull(providers.get(job.candidate().getProvider()));
        letMoreIn(line(job), desk);
        Instant now = Instant.now();
        if (draining) { // left unanswered, so it comes again elsewhere
            desk.release();
        } else if (job.isExpired(now)) {
            desk.release();
            giveUp(job, "expired",
                    ApiError.of(504, "server_error", "deadline_exceeded", "The request waited until its deadline."));
        } else if (job.isDoubtful(now)) {
            ask(job, desk);
        } else {
            pay(job, desk);
        }
    }

    private void ask(Job job, ProviderDesk desk) {
        vertx.eventBus().<Standing>request(job.envelope().getReplyTo(), new Inquiry(job.requestId()), INQUIRY)
                .map(reply -> reply.body().state()).otherwise(job.standingIfSilent()).onSuccess(state -> {
                    switch (state) {
                        case WAITING -> {
                            if (isMine(job) && !draining) {
                                pay(job, desk);
                            } else { // comes again elsewhere
                                desk.release();
                            }
                        }
                        case ANSWERING -> {
                            // Another worker still answers; its end, or the ingress's word that it died, settles this one.
                            desk.release();
                            vertx.setTimer(ASK_AGAIN_MS, _ -> takeAgain(job));
                        }
                        case GONE -> {
                            desk.release();
                            deadLetter(job, "abandoned", "nobody waits for the answer").onSuccess(_ -> {
                                notPaid(job);
                                answered(job.taken());
                            });
                        }
                    }
                });
    }

    private void takeAgain(Job job) {
        if (isMine(job)) {
            take(job);
        }
    }

    private boolean isMine(Job job) {
        return claims.contains(job.taken().claim());
    }

    /** Calls at once, unless somebody else may have used up what was held: then this attempt needs a hold of its own. */
    private void pay(Job job, ProviderDesk desk) {
        Hold hold = job.envelope().getHold();
        if (hold == null || !job.taken().inherited()) {
            call(job, desk, hold, used -> receipt(job, used));
            return;
        }
        till.hold(job.requestId(), job.envelope().getTenant(),
                hold.getFrom().stream().map(HeldFrom::getAccount).toList(), job.envelope().getBillingDay(),
                hold.getNanoUsd(), decision -> {
                    switch (decision) {
                        case Decision.Held(var second) -> call(job, desk, second,
                                used -> till.settle(job.requestId(), used));
                        case Decision.Lacking _ -> {
                            desk.release();
                            giveUp(job, "over-cap", ApiError.of(429, "insufficient_quota", "insufficient_quota",
                                    "The worker of this request was lost, and the budget does not allow to begin it again."));
                        }
                        case Decision.Unanswered _,Decision.Waiting _ -> {
                            desk.release();
                            giveUp(job, "ledger-silent", ApiError.of(503, "server_error", "ledger_unavailable",
                                    "The worker of this request was lost, and the budget for another cannot be asked for."));
                        }
                    }
                });
    }

    private void call(Job job, ProviderDesk desk, @Nullable Hold hold, LongConsumer receipts) {
        var attempt = new Attempt(job.requestId() + "/" + address.substring(address.length() - 12) + "-" + ++attempts,
                job, address, log, frame -> send(job, frame), config.catalog(), hold, receipts);
        open.put(job.requestId(), attempt);
        unsettled++;
        attempt.start(desk.client()).onSuccess(outcome -> {
            open.remove(job.requestId(), attempt);
            desk.release();
            attempt.settle(outcome).onSuccess(_ -> settled(job, isAnswer(job, outcome)));
        });
    }

    private static Line line(Job job) {
        return new Line(job.envelope().getTenant(), job.envelope().getLane());
    }

    private void letMoreIn(Line line, ProviderDesk desk) {
        if (desk.waiting(line.tenant(), line.lane()) <= config.queueLimit() / 2) {
            Set<Claim> claims = held.remove(line);
            if (claims != null) {
                claims.forEach(intake()::resume);
            }
        }
    }

    private Intake intake() {
        return Objects.requireNonNull(intake, "a job comes from an intake");
    }

    private void answered(Taken taken) {
        intake().answered(taken.claim(), taken.record().offset());
    }

    /** A line of a batch whose call was cut off, since this worker stops, comes again elsewhere. */
    private static boolean isAnswer(Job job, Outcome outcome) {
        return job.envelope().getBatch() == null || !(outcome instanceof Outcome.Abandoned);
    }

    private void settled(Job job, boolean answered) {
        if (answered) {
            answered(job.taken());
        }
        unsettled--;
        if (unsettled == 0 && drained != null) {
            drained.tryComplete();
        }
    }

    private void giveUp(Job job, String reason, ApiError error) {
        BatchLine line = job.envelope().getBatch();
        deadLetter(job, reason, error.message()).compose(_ -> line == null
                ? Future.succeededFuture()
                : log.result(LineResult.of(job.envelope(), line, error))).onSuccess(_ -> {
            notPaid(job);
            send(job, new Frame.Begun(job.requestId(), job.envelope().getAttempt(), address));
            send(job, new Frame.Failed(job.requestId(), job.envelope().getAttempt(), 1, error));
            answered(job.taken());
        });
    }

    private Future<Void> deadLetter(Job job, String reason, String detail) {
        return deadLetter(job.taken(), job.envelope().getTenant(), reason, detail);
    }

    private Future<Void> deadLetter(Taken taken, String tenant, String reason, String detail) {
        return log.deadLetter(tenant,
                DeadLetter.newBuilder()
                        .setReason(reason)
                        .setDetail(detail)
                        .setAt(Instant.now())
                        .setTopic(taken.record().topic())
                        .setPartition(taken.record().partition())
                        .setOffset(taken.record().offset())
                        .setRecord(ByteBuffer.wrap(taken.record().value()))
                        .build());
    }

    /** Nothing was paid for this request, unless by a worker before. */
    private void notPaid(Job job) {
        if (job.envelope().getHold() != null && !job.taken().inherited()) {
            receipt(job, 0);
        }
    }

    private void receipt(Job job, long used) {
        if (job.envelope().getBatch() != null) {
            return; // it is in the result
        }
        vertx.eventBus().send(job.envelope().getReplyTo(), new Receipt(job.requestId(), used));
    }

    private void send(Job job, Frame frame) {
        if (job.envelope().getBatch() != null) {
            return; // its runner reads the log
        }
        vertx.eventBus().send(job.envelope().getReplyTo(), frame);
    }
}
