package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Claim;
import dev.penstock.dispatcher.intake.Intake;
import dev.penstock.dispatcher.intake.QueueConsumer;
import dev.penstock.dispatcher.intake.Share;
import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.policy.Delay;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Loan;
import dev.penstock.schemas.bus.Receipt;
import dev.penstock.schemas.bus.Signal;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.till.LedgerLine;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the dispatchers' group: an intake thread, an event loop with a {@link Desk}, and a bus address. More
 * event loops are more workers, among which the group shares out the partitions, and the quotas with them.
 */
final class Worker extends VerticleBase implements Intake.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final long RESTART_MS = 5000;
    private static final long STATUS_MS = 1000;
    /** After so many ms without a status a worker counts as gone. */
    private static final long GONE_MS = 4000;

    private final DispatcherConfig config;
    private final AttemptLog log;
    private final LedgerLine line;
    private final Topic<String, RequestEnvelope> envelopes;
    private final String address = "penstock.dispatcher." + UUID.randomUUID();
    private final Promise<Void> assigned = Promise.promise();
    private @Nullable Desk desk;
    private @Nullable Intake intake;
    private final Map<String, Delay> delays = new HashMap<>();
    private final Map<String, Long> heard = new HashMap<>();
    private @Nullable MessageConsumer<BusMessage> signals;
    private @Nullable MessageConsumer<WorkerStatus> statuses;
    private volatile boolean draining;

    Worker(DispatcherConfig config, AttemptLog log, LedgerLine line) {
        this.line = line;
        this.config = config;
        this.log = log;
        this.envelopes = config.topics().requests("any", Lane.INTERACTIVE);
        for (Delay delay : Delay.values()) {
            delays.put(config.topics().retry((int) delay.duration().toSeconds()).name(), delay);
        }
    }

    @Override
    public Future<?> start() {
        signals = vertx.eventBus().consumer(address, this::onMessage);
        Till till = new Till(line, new TillLoop(vertx, context), address, config.terms());
        desk = new Desk(vertx, config, address, log, till, this::tellStatus);
        statuses = vertx.eventBus().consumer(WorkerStatus.ADDRESS, message -> onStatus(message.body()));
        vertx.setPeriodic(STATUS_MS, _ -> tick());
        return signals.completion().compose(_ -> takeIn());
    }

    /** Completes when the group has given this worker partitions. */
    Future<Void> assigned() {
        return assigned.future();
    }

    /** Stops taking, lets open calls end, commits and leaves the group. */
    Future<Void> drain() {
        draining = true;
        Promise<Void> drained = Promise.promise();
        context.runOnContext(_ -> {
            if (intake == null || desk == null) {
                drained.complete();
                return;
            }
            Intake taking = intake;
            taking.drain();
            desk.drain(config.drain()).transform(_ -> Future.fromCompletionStage(taking.close(), context))
                    .transform(_ -> Future.join(Objects.requireNonNull(signals).unregister(),
                            Objects.requireNonNull(statuses).unregister()))
                    .<Void>mapEmpty().onComplete(drained);
        });
        return drained.future();
    }

    /** Begins to take records in; an intake that fails is replaced, since the records wait and others may come. */
    private Future<Void> takeIn() {
        return vertx.executeBlocking(() -> QueueConsumer.open(config.kafka(), config.topics())).map(consumer -> {
            Desk at = Objects.requireNonNull(desk);
            Intake started = Intake.start(consumer, config.queues(), this);
            intake = started;
            at.use(started);
            Future.fromCompletionStage(started.stopped(), context).onFailure(cause -> {
                LOG.error("the intake has failed, another is started", cause);
                at.lostAll();
                if (!draining) {
                    vertx.setTimer(RESTART_MS, _ -> takeIn());
                }
            });
            return null;
        });
    }

    @Override
    public void assigned(Set<Claim> claims, Map<String, Share> shares) {
        context.runOnContext(_ -> {
            Objects.requireNonNull(desk).gained(claims);
            own(shares);
            assigned.tryComplete();
        });
    }

    @Override
    public void revoked(Set<Claim> claims, Map<String, Share> shares) {
        context.runOnContext(_ -> {
            own(shares);
            Objects.requireNonNull(desk).lost(claims);
            tellStatus(); // before who has them now begins
        });
    }

    @Override
    public void taken(List<Taken> records) {
        var jobs = new ArrayList<Job>(records.size());
        var unreadable = new ArrayList<Taken>();
        for (Taken taken : records) {
            try {
                jobs.add(new Job(taken, envelopes.value(taken.record().value())));
            } catch (UnreadableEventException e) {
                unreadable.add(taken);
            }
        }
        context.runOnContext(_ -> {
            Desk at = Objects.requireNonNull(desk);
            unreadable.forEach(at::bury);
            jobs.forEach(job -> {
                Delay delay = delays.get(job.taken().record().topic());
                if (delay == null) {
                    at.take(job);
                } else {
                    at.takeLater(job, delay);
                }
            });
        });
    }

    /** Tells all ingresses and workers how busy this one is. */
    private void tellStatus() {
        if (desk == null) {
            return;
        }
        WorkerStatus status = desk.status();
        if (!status.providers().isEmpty()) {
            vertx.eventBus().publish(WorkerStatus.ADDRESS, status);
        }
    }

    /** Tells what is to be told once a second, and takes those for gone that did not tell lately how busy they are. */
    private void tick() {
        tellStatus();
        Objects.requireNonNull(desk).tellLoans();
        long now = System.currentTimeMillis();
        heard.entrySet().removeIf(other -> {
            boolean gone = now - other.getValue() > GONE_MS;
            if (gone) {
                Objects.requireNonNull(desk).onStatus(new WorkerStatus(other.getKey(), List.of()));
            }
            return gone;
        });
    }

    private void onStatus(WorkerStatus other) {
        if (desk != null && !other.worker().equals(address)) {
            heard.put(other.worker(), System.currentTimeMillis());
            desk.onStatus(other);
        }
    }

    private void own(Map<String, Share> shares) {
        for (String provider : config.catalog().providers().keySet()) {
            Share share = shares.get(config.topics().requests(provider, Lane.INTERACTIVE).name());
            if (share != null) {
                Objects.requireNonNull(desk).own(provider, share);
            }
        }
    }

    private void onMessage(Message<BusMessage> message) {
        if (desk == null) {
            return;
        }
        switch (message.body()) {
            case Signal signal -> desk.calls().onSignal(signal);
            case Inquiry inquiry -> message.reply(new Standing(inquiry.requestId(),
                    desk.calls().isOpen(inquiry.requestId()) ? Standing.State.ANSWERING : Standing.State.GONE));
            case Loan loan -> desk.onLoan(loan);
            case Frame _,Standing _,Receipt _,WorkerStatus _,Traffic _ ->
                LOG.debug("a message that is not for a worker");
        }
    }
}
