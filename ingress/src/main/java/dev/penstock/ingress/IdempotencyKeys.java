package dev.penstock.ingress;

import dev.penstock.ingress.idempotency.Claims;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.IdempotencyClaim;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Idempotency-Keys of all tenants, as the log has them. What another ingress has claimed is here some milliseconds
 * later; who claims a key reads its own record back, and by then knows of every one that came before it. Shared by all
 * instances of an ingress; may be called from any thread and never blocks.
 */
final class IdempotencyKeys implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyKeys.class);
    private static final long SWEEP_MS = 60_000;

    private final Vertx vertx;
    private final LogTable<IdempotencyClaim> table;
    private final int most;
    private final Map<String, Set<Runnable>> watchers = new ConcurrentHashMap<>();
    private final Map<String, Long> counts = new ConcurrentHashMap<>();
    private final long sweeper;

    IdempotencyKeys(Vertx vertx, IngressConfig config) {
        this.vertx = vertx;
        this.most = config.idempotencyKeys();
        this.table = new LogTable<>(config.kafka(), config.topics().idempotency(), "penstock-ingress-idempotency",
                Claims::fold, this::tell);
        this.sweeper = vertx.setPeriodic(SWEEP_MS, _ -> vertx.executeBlocking(this::sweep, false));
    }

    /** Completes, on any thread, when all that is claimed now is known. */
    CompletionStage<Void> ready() {
        return table.upToDate();
    }

    /** Who has a key as far as is known here; null if nobody had it lately. */
    @Nullable
    IdempotencyClaim get(String key) {
        return table.get(key);
    }

    /** Claims a key; completes, on any thread, with who has it when the claim has been read back. */
    CompletionStage<@Nullable IdempotencyClaim> claim(String tenant, String key, IdempotencyClaim claim) {
        counts.merge(tenant, 1L, Long::sum);
        return table.put(key, claim).thenApply(_ -> table.get(key));
    }

    /** Gives up the key of a request that has not been taken on; who waits for its answer is told the same. */
    void free(String key, String requestId, ApiError why) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        table.put(key, IdempotencyClaim.newBuilder().setReplaces(requestId).setAt(now).setDeadline(now)
                .setError(why.told()).build()).exceptionally(cause -> {
                    LOG.warn("a key cannot be freed before the deadline of its request: {}", cause.toString());
                    return null;
                });
    }

    /** Says that the log has the answer of a request; completes, on any thread, when that is in the log and here. */
    CompletionStage<Void> answered(String key, String requestId, byte[] fingerprint) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        return table.put(key, IdempotencyClaim.newBuilder().setRequestId(requestId).setReplaces(requestId).setAt(now)
                .setDeadline(now).setFingerprint(ByteBuffer.wrap(fingerprint)).setAnswered(true).build());
    }

    /** Whether a tenant has as many keys as it may; counted once a minute, and what is claimed here at once. */
    boolean isFull(String tenant) {
        return counts.getOrDefault(tenant, 0L) >= most;
    }

    /** How many keys a tenant may have within 24 hours. */
    int most() {
        return most;
    }

    /** Has a task run, on any thread, whenever there is news of a key; until the returned one is run. */
    Runnable watch(String key, Runnable task) {
        watchers.computeIfAbsent(key, _ -> ConcurrentHashMap.newKeySet()).add(task);
        return () -> watchers.computeIfPresent(key, (_, tasks) -> {
            tasks.remove(task);
            return tasks.isEmpty() ? null : tasks;
        });
    }

    private void tell(String key) {
        watchers.getOrDefault(key, Set.of()).forEach(Runnable::run);
    }

    private @Nullable Void sweep() {
        Instant now = Instant.now();
        table.forget(claim -> Claims.isExpired(claim, now));
        Map<String, Long> counted = table.keys()
                .collect(Collectors.groupingBy(key -> key.substring(0, key.indexOf('|')), Collectors.counting()));
        counts.keySet().retainAll(counted.keySet());
        counts.putAll(counted);
        return null;
    }

    @Override
    public void close() {
        vertx.cancelTimer(sweeper);
        table.close();
    }
}
