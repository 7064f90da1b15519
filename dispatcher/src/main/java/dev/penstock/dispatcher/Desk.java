package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.policy.FairQueue;
import dev.penstock.dispatcher.policy.Slots;
import dev.penstock.dispatcher.provider.ProviderClient;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.DeadLetter;
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
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Where a worker's requests wait, are begun and are settled. Lives on one event loop, which owns all of its state.
 */
final class Desk {
    /** A request that has lain longer than this may have lost its caller: its ingress is asked before money is spent. */
    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final long ASK_AGAIN_MS = 1000;
    private static final DeliveryOptions INQUIRY = new DeliveryOptions().setSendTimeout(5000);

    private final Vertx vertx;
    private final DispatcherConfig config;
    private final String address;
    private final AttemptLog log;
    private final Intake intake;
    private final Map<String, ProviderDesk> providers = new HashMap<>();
    private final Map<String, Attempt> open = new HashMap<>();
    private final Map<String, Set<TopicPartition>> held = new HashMap<>();
    private long attempts;
    private int unsettled;
    private boolean draining;
    private @Nullable Promise<Void> drained;

    Desk(Vertx vertx, DispatcherConfig config, String address, AttemptLog log, Intake intake) {
        this.vertx = vertx;
        this.config = config;
        this.address = address;
        this.log = log;
        this.intake = intake;
        for (Provider provider : config.catalog().providers().values()) {
            providers.put(provider.name(), new ProviderDesk(new FairQueue<>(config.queueLimit(), this::weight),
                    new Slots(provider.maxConcurrentCalls()), new ProviderClient(vertx, provider, config.catalog()),
                    this::begin));
        }
    }

    /** Takes a request on: lets it wait for its provider, or asks first whether anybody wants it. */
    void take(Job job) {
        Instant now = Instant.now();
        ProviderDesk desk = providers.get(job.candidate().getProvider());
        if (desk == null) {
            giveUp(job, "unroutable", ApiError.of(503, "server_error", "provider_unknown",
                    "This worker knows no provider of that name."));
        } else if (!now.isBefore(job.envelope().getDeadline())) {
            giveUp(job, "expired",
                    ApiError.of(504, "server_error", "deadline_exceeded", "The request waited until its deadline."));
        } else if (job.taken().inherited() || job.envelope().getAcceptedAt().plus(FRESH).isBefore(now)) {
            ask(job, desk);
        } else {
            enqueue(job, desk);
        }
    }

    /** Puts away a record that is no request. */
    void bury(Taken taken) {
        deadLetter(taken, new String(taken.key(), StandardCharsets.UTF_8), "unreadable", "not a request envelope")
                .onSuccess(_ -> intake.answered(taken));
    }

    /** This worker's part of a provider's partitions, and so of its quota. */
    void share(String provider, int owned, int partitions) {
        ProviderDesk desk = providers.get(provider);
        if (desk != null) {
            desk.share(owned, partitions);
        }
    }

    /** Forgets what waits of partitions that are another worker's now; calls that are open go on. */
    void dropLost(Set<TopicPartition> owned) {
        providers.values().forEach(desk -> desk.drop(job -> !owned.contains(job.taken().partition())));
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
        return promise.future().eventually(
                () -> Future.join(providers.values().stream().map(desk -> desk.client().close()).toList()));
    }

    private int weight(String tenant) {
        Tenant known = config.catalog().tenants().get(tenant);
        return known == null ? 1 : known.weight();
    }

    private void ask(Job job, ProviderDesk desk) {
        vertx.eventBus().<Standing>request(job.envelope().getReplyTo(), new Inquiry(job.requestId()), INQUIRY)
                .map(reply -> reply.body().state()).otherwise(Standing.State.GONE).onSuccess(state -> {
                    switch (state) {
                        case WAITING -> enqueue(job, desk);
                        // Another worker still answers; its end, or the ingress's word that it died, settles this one.
                        case ANSWERING -> vertx.setTimer(ASK_AGAIN_MS, _ -> ask(job, desk));
                        case GONE -> deadLetter(job, "abandoned", "nobody waits for the answer")
                                .onSuccess(_ -> intake.answered(job.taken()));
                    }
                });
    }

    private void enqueue(Job job, ProviderDesk desk) {
        TopicPartition partition = job.taken().partition();
        if (!desk.offer(job)
                && held.computeIfAbsent(job.envelope().getTenant(), _ -> new HashSet<>()).add(partition)) {
            intake.pause(partition);
        }
    }

    /** A slot has been taken for this job. */
    private void begin(Job job) {
        ProviderDesk desk = providers.get(job.candidate().getProvider());
        if (desk == null || draining) { // left unanswered, so it comes again elsewhere
            return;
        }
        letMoreIn(job.envelope().getTenant(), desk);
        var attempt = new Attempt(job.requestId() + "/" + address.substring(address.length() - 12) + "-" + ++attempts,
                job,
                address, log, frame -> send(job, frame));
        open.put(job.requestId(), attempt);
        unsettled++;
        attempt.start(desk.client()).onSuccess(outcome -> {
            open.remove(job.requestId(), attempt);
            desk.release();
            attempt.settle(outcome).onSuccess(_ -> settled(job));
        });
    }

    private void letMoreIn(String tenant, ProviderDesk desk) {
        if (desk.waiting(tenant) <= config.queueLimit() / 2) {
            Set<TopicPartition> partitions = held.remove(tenant);
            if (partitions != null) {
                partitions.forEach(intake::resume);
            }
        }
    }

    private void settled(Job job) {
        intake.answered(job.taken());
        unsettled--;
        if (unsettled == 0 && drained != null) {
            drained.tryComplete();
        }
    }

    private void giveUp(Job job, String reason, ApiError error) {
        deadLetter(job, reason, error.message()).onSuccess(_ -> {
            send(job, new Frame.Begun(job.requestId(), job.envelope().getAttempt(), address));
            send(job, new Frame.Failed(job.requestId(), job.envelope().getAttempt(), 1, error));
            intake.answered(job.taken());
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
                        .setTopic(taken.partition().topic())
                        .setPartition(taken.partition().partition())
                        .setOffset(taken.offset())
                        .setRecord(ByteBuffer.wrap(taken.value()))
                        .build());
    }

    private void send(Job job, Frame frame) {
        vertx.eventBus().send(job.envelope().getReplyTo(), frame);
    }
}
