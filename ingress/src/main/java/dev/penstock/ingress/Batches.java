package dev.penstock.ingress;

import dev.penstock.ingress.batch.BatchIds;
import dev.penstock.ingress.batch.BatchRunner;
import dev.penstock.ingress.batch.RunnerConfig;
import dev.penstock.ingress.routing.ModelRouter;
import dev.penstock.ingress.routing.Quote;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import dev.penstock.schemas.event.BatchStatus;
import dev.penstock.schemas.ledger.Terms;
import dev.penstock.schemas.till.LedgerLine;
import dev.penstock.schemas.till.Till;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The batches of all tenants as the log has them, and this ingress's part in running them. Shared by all instances of an
 * ingress; futures complete on the caller's context.
 */
final class Batches implements AutoCloseable {
    private static final Comparator<Batch> OLDEST_FIRST = Comparator.comparing(Batch::getCreatedAt)
            .thenComparing(Batch::getBatchId);

    /** How long lines in flight of a batch that is cancelled are waited for. */
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(5);
    /** A line may wait as long as its batch. */
    private static final Duration LIFE = Duration.ofHours(25);

    private final Vertx vertx;
    private final LogTable<SpecificRecord> table;
    private final BatchRunner runner;
    private final MessageConsumer<BusMessage> inquiries;

    /** Starts this ingress's runner. */
    static Batches start(Vertx vertx, IngressConfig config, StoredFiles files, LedgerLine line) {
        String address = "penstock.batches." + UUID.randomUUID();
        Terms terms = config.terms();
        var router = new ModelRouter(config.catalog(), new Random());
        var runner = new RunnerConfig(config.kafka(), config.topics(), files.store(), config.batchLimits().window(),
                config.batchLimits().lines(), config.maxBodyBytes(), CANCEL_PATIENCE, config.spread(),
                config.catalog()::handsOver, router::knows);
        return new Batches(vertx, config.kafka(), config.topics(), address, BatchRunner.start(runner, thread -> {
            var till = new Till(line, new RunnerLoop(thread), "batches",
                    new Terms(terms.lease(), LIFE.toMillis(), terms.margin(), terms.idle(), terms.patience()));
            return new BatchAdmission(config.catalog(), router, new Budgets(Batches::atOnce, line, till), till,
                    address);
        }));
    }

    /** The thread of a runner has the time. */
    private static Future<Quote> atOnce(Callable<Quote> task) {
        return Future.future(done -> {
            try {
                done.complete(task.call());
            } catch (Exception e) {
                done.fail(e);
            }
        });
    }

    /** The thread of a runner as that of a till. */
    private record RunnerLoop(ScheduledExecutorService thread) implements Till.Loop {
        @Override
        public void run(Runnable task) {
            thread.execute(task);
        }

        @Override
        public void later(long ms, Runnable task) {
            thread.schedule(task, ms, TimeUnit.MILLISECONDS);
        }
    }

    /** @param address where the runner's lines say that their answers are waited for */
    private Batches(Vertx vertx, Map<String, String> kafka, Topics topics, String address, BatchRunner runner) {
        this.vertx = vertx;
        this.table = new LogTable<>(kafka, topics.batches(), "penstock-ingress-batches");
        this.runner = runner;
        this.inquiries = vertx.eventBus().consumer(address, message -> {
            if (message.body() instanceof Inquiry(String requestId, _)) {
                message.reply(new Standing(requestId, standing(requestId)));
            }
        });
    }

    /** How a line stands, for a worker that is about to call for it. */
    private Standing.State standing(String requestId) {
        return table.get(BatchIds.batchOf(requestId)) instanceof Batch batch && isBeyondCallers(asWished(batch))
                ? Standing.State.GONE
                : runner.standing(requestId);
    }

    /** Completes, on any thread, when the jobs that there are now are known. */
    CompletionStage<Void> ready() {
        return table.upToDate();
    }

    /** Adds a job; completes when every runner and ingress can know of it. */
    Future<Void> add(Batch batch) {
        return here(table.put(batch.getBatchId(), batch));
    }

    /** Asks whoever runs a job to cancel it; completes when the log has the wish. */
    Future<Void> cancel(String batchId, Instant now) {
        return here(table.putBeside(batchId, Topics.cancelKey(batchId), new BatchCancel(batchId, now)));
    }

    /**
     * A job of a tenant; null if it has none of this id. What any ingress has told a caller is in it: a job that was made is
     * found, and one that is to be cancelled is said to be. How far it has come may be a second old.
     */
    Future<@Nullable Batch> find(String tenant, String id) {
        Batch known = owned(tenant, id);
        return known != null && isBeyondCallers(known)
                ? Future.succeededFuture(known)
                : here(table.upToDate()).map(_ -> owned(tenant, id));
    }

    /** A tenant's jobs, the oldest first, with the same in them as {@link #find} has. */
    Future<List<Batch>> list(String tenant) {
        return here(table.upToDate()).map(_ -> table.values().filter(Batch.class::isInstance).map(Batch.class::cast)
                .filter(batch -> batch.getTenant().equals(tenant)).map(this::asWished).sorted(OLDEST_FIRST).toList());
    }

    private @Nullable Batch owned(String tenant, String id) {
        return table.get(id) instanceof Batch batch && batch.getTenant().equals(tenant) ? asWished(batch) : null;
    }

    /** Between the wish and what its runner makes of it, the wish is shown. */
    private Batch asWished(Batch batch) {
        return !isBeyondCallers(batch) && table.get(Topics.cancelKey(batch.getBatchId())) instanceof BatchCancel wish
                ? cancelling(batch, wish.getAt())
                : batch;
    }

    /** The job as it is told of once somebody has wished it cancelled. */
    static Batch cancelling(Batch batch, Instant since) {
        return Batch.newBuilder(batch).setStatus(BatchStatus.CANCELLING).setCancellingAt(since).build();
    }

    /** Whether no caller can have changed it meanwhile, so that what is known here suffices. */
    private static boolean isBeyondCallers(Batch batch) {
        return switch (batch.getStatus()) {
            case VALIDATING, IN_PROGRESS -> false;
            case CANCELLING, FINALIZING, COMPLETED, FAILED, EXPIRED, CANCELLED -> true;
        };
    }

    @Override
    public void close() {
        inquiries.unregister();
        runner.close();
        table.close();
    }

    private <T> Future<T> here(CompletionStage<T> stage) {
        return Future.fromCompletionStage(stage, vertx.getOrCreateContext());
    }
}
