package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A batch that the simulator has taken. Its lines are worked on all at once, each for as long as a call of its own would
 * take; one that would get no answer has the whole batch expire. Safe for several threads.
 */
final class HeldBatch {
    private static final long DAY_MS = 86_400_000;
    /** After so long a batch expires that has a line which never ends. */
    private static final long SOON_MS = 3_000;

    private final String id;
    private final JsonNode kept;
    private final long createdMs;
    private final List<Line> lines;
    private final long expiryMs;
    private long cancelledMs = Long.MAX_VALUE;
    private boolean counted;

    /**
     * A line and the answer that was decided for it.
     *
     * @param dueMs how long it takes; {@link Long#MAX_VALUE} if it never ends
     * @param body of the answer, or of the error that its status says
     */
    record Line(String customId, long dueMs, int status, ObjectNode body, Runnable counts) {}

    /** What came of a line; without a body if it was not executed. */
    record Told(String customId, int status, @Nullable ObjectNode body) {}

    /** @param kept what the API wants to remember of it */
    HeldBatch(String id, JsonNode kept, List<Line> lines) {
        this.id = id;
        this.kept = kept;
        this.lines = lines;
        this.createdMs = System.currentTimeMillis();
        this.expiryMs = lines.stream().anyMatch(line -> line.dueMs() == Long.MAX_VALUE) ? SOON_MS : DAY_MS;
    }

    String id() {
        return id;
    }

    JsonNode kept() {
        return kept;
    }

    long createdSeconds() {
        return createdMs / 1000;
    }

    int size() {
        return lines.size();
    }

    synchronized void cancel() {
        if (!hasEnded()) {
            cancelledMs = Math.min(cancelledMs, System.currentTimeMillis());
        }
    }

    synchronized boolean isCancelled() {
        return cancelledMs < Long.MAX_VALUE;
    }

    boolean isExpired() {
        return hasEnded() && lines.stream().anyMatch(line -> line.dueMs() >= expiryMs);
    }

    synchronized boolean hasEnded() {
        long now = System.currentTimeMillis();
        boolean ended = now >= Math.min(cancelledMs, createdMs + expiryMs)
                || lines.stream().allMatch(line -> line.dueMs() <= now - createdMs);
        if (ended && !counted) { // what it costs
            counted = true;
            lines.stream().filter(this::isExecuted).forEach(line -> line.counts().run());
        }
        return ended;
    }

    /** What came of its lines, of the last one first: nobody is to count on an order. */
    <T> List<T> told(Function<Told, T> as) {
        return lines.reversed().stream().map(line -> isExecuted(line)
                ? new Told(line.customId(), line.status(), line.body())
                : new Told(line.customId(), 0, null)).map(as).toList();
    }

    private synchronized boolean isExecuted(Line line) {
        return line.dueMs() < expiryMs && (cancelledMs == Long.MAX_VALUE || createdMs + line.dueMs() < cancelledMs);
    }
}
