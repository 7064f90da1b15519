package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes lines of batches in, whatever API they come by, and decides each answer. Safe for several threads. */
final class BatchDesk {
    private final Map<String, Pace> paces;
    private final Stats stats;
    private final Supplier<Fault> faults;
    private final Map<String, HeldBatch> batches = new LinkedHashMap<>();

    /** @param faults which fault strikes a line that does not say so itself */
    BatchDesk(Map<String, Pace> paces, Stats stats, Supplier<Fault> faults) {
        this.paces = paces;
        this.stats = stats;
        this.faults = faults;
    }

    /** Takes a batch in. */
    synchronized HeldBatch add(String prefix, JsonNode kept, List<HeldBatch.Line> lines) {
        stats.batches.increment();
        var batch = new HeldBatch(prefix + UUID.randomUUID().toString().replace("-", ""), kept, lines);
        batches.put(batch.id(), batch);
        return batch;
    }

    synchronized @Nullable HeldBatch get(String id) {
        return batches.get(id);
    }

    /** The newest first, those whose id begins so. */
    synchronized List<HeldBatch> all(String prefix) {
        var all = new ArrayList<>(batches.values().stream().filter(one -> one.id().startsWith(prefix)).toList());
        return all.reversed();
    }

    /** Decides what a line is to be answered with, and when. */
    HeldBatch.Line decide(String customId, Dialect dialect, JsonNode body) {
        return switch (dialect.read(body)) {
            case ApiFailure failure -> refused(customId, dialect, failure);
            case ChatRequest request -> {
                Pace model = paces.get(request.directive().like(request.model()));
                yield model == null
                        ? refused(customId, dialect, ApiFailure.invalid("model", "There is no such model."))
                        : decide(customId, dialect, request, request.directive().over(model));
            }
        };
    }

    private HeldBatch.Line decide(String customId, Dialect dialect, ChatRequest request, Pace pace) {
        Fault fault = request.directive().batchFault().or(request.directive()::fault).orElseGet(faults);
        return switch (fault) {
            case Fault.None _ -> answered(customId, dialect, request, pace);
            case Fault.SlowHead(long millis) -> answered(customId, dialect, request, pace.later(millis));
            case Fault.Refuse(int status, _) -> refused(customId, dialect, ApiFailure.ofStatus(status));
            case Fault.Stall _ -> new HeldBatch.Line(customId, Long.MAX_VALUE, 0,
                    JsonNodeFactory.instance.objectNode(), () -> {});
            case Fault.DropHead _,Fault.Drop _,Fault.Garbage _,Fault.ErrorInHead _,Fault.ErrorEvent _ ->
                refused(customId, dialect, ApiFailure.ofStatus(500));
        };
    }

    private HeldBatch.Line answered(String customId, Dialect dialect, ChatRequest request, Pace pace) {
        var chat = Chat.of(request, pace, UUID.randomUUID(), Instant.now().getEpochSecond());
        long due = chat.endless() ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.toMillis(pace.dueNanos(chat.length() - 1));
        return new HeldBatch.Line(customId, due, 200, dialect.wording(chat).whole(), () -> {
            stats.promptTokens.add(request.promptTokens());
            stats.tokens.add(chat.completionTokens());
            stats.batchLines.increment();
        });
    }

    private static HeldBatch.Line refused(String customId, Dialect dialect, ApiFailure failure) {
        return new HeldBatch.Line(customId, 0, failure.status(), dialect.error(failure, 0), () -> {});
    }
}
