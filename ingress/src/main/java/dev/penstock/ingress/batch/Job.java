package dev.penstock.ingress.batch;

import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchError;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.BatchStatus;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as it is between two transactions: the record that was written last, and what has come since. Without effects;
 * confined to one thread.
 */
final class Job {
    private final BitSet answered = new BitSet();
    private Batch batch;
    private boolean cancelled;
    private int fed;
    private long inputOffset;
    private long fedBounds;
    private int completed;
    private int failed;
    private long inputTokens;
    private long cachedTokens;
    private long outputTokens;
    private long reasoningTokens;
    private long cost;
    private long answeredCost;
    private long answeredBounds;
    private boolean changed;

    Job(Batch batch) {
        this.batch = batch;
        this.fed = batch.getFed();
        this.inputOffset = batch.getInputOffset();
        this.fedBounds = batch.getFedNanoUsd();
    }

    String id() {
        return batch.getBatchId();
    }

    Batch batch() {
        return batch;
    }

    /** Nothing more is to happen to it. */
    boolean isOver() {
        return isOver(batch.getStatus());
    }

    static boolean isOver(BatchStatus status) {
        return switch (status) {
            case COMPLETED, FAILED, EXPIRED, CANCELLED -> true;
            case VALIDATING, IN_PROGRESS, FINALIZING, CANCELLING -> false;
        };
    }

    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    boolean isExpired(Instant now) {
        return !now.isBefore(batch.getExpiresAt());
    }

    /** Lines that are on a queue or at a provider. */
    int inFlight() {
        return fed - answered.cardinality();
    }

    /** How many lines were fed, which is the number of the next. */
    int fedLines() {
        return fed;
    }

    /** Where the first line stands that was not fed. */
    long inputOffset() {
        return inputOffset;
    }

    /** Whether all of the input was fed. */
    boolean isFed() {
        return fed >= batch.getTotal();
    }

    /** Whether the record that was written last is behind in its counts. */
    boolean hasChanged() {
        return changed;
    }

    /** Whether the budget of the job, if it has one, allows for a line that can cost so much. */
    boolean affords(long bound) {
        Long budget = batch.getBudgetNanoUsd();
        return budget == null || answeredCost + (fedBounds - answeredBounds) + bound <= budget;
    }

    /** Counts what came of a line; false if it is not the first that came of it. */
    boolean count(BatchResult result) {
        BatchLine line = result.getLine();
        if (answered.get(line.getNumber())) {
            return false;
        }
        answered.set(line.getNumber());
        changed = true;
        if (result.getStatus() / 100 == 2) {
            completed++;
        } else {
            failed++;
        }
        inputTokens += result.getInputTokens();
        cachedTokens += result.getCachedTokens();
        outputTokens += result.getOutputTokens();
        reasoningTokens += result.getReasoningTokens();
        Long known = result.getCostNanoUsd();
        cost += known == null ? 0 : known;
        answeredCost += known == null ? line.getBoundNanoUsd() : known;
        answeredBounds += line.getBoundNanoUsd();
        return true;
    }

    /** One more line was fed, the next begins there. */
    void fed(long bound, long nextOffset) {
        fed++;
        fedBounds += bound;
        inputOffset = nextOffset;
        changed = true;
    }

    void validated(int lines, @Nullable String model, long firstResult, Instant now) {
        batch = with().setTotal(lines).setModel(model).setFirstResult(firstResult)
                .setStatus(BatchStatus.IN_PROGRESS).setInProgressAt(now).build();
        changed = true;
    }

    void failed(List<BatchError> errors, Instant now) {
        batch = with().setErrors(errors).setStatus(BatchStatus.FAILED).setEndedAt(now).build();
        changed = true;
    }

    void cancelling(Instant now) {
        batch = with().setStatus(BatchStatus.CANCELLING).setCancellingAt(now).build();
        changed = true;
    }

    void finalizing(Instant now) {
        batch = with().setStatus(BatchStatus.FINALIZING).setFinalizingAt(now).build();
        changed = true;
    }

    /** It has come to its end, with these files; null for one that would be empty. */
    void ended(BatchStatus end, @Nullable String outputFile, @Nullable String errorFile, Instant now) {
        if (end != BatchStatus.CANCELLED) {
            failed = batch.getTotal() - completed; // what was not executed is in the error file
        }
        batch = with().setStatus(end).setOutputFileId(outputFile).setErrorFileId(errorFile).setEndedAt(now).build();
        changed = true;
    }

    /** The record to be written, with all counts. */
    Batch written() {
        batch = with().build();
        changed = false;
        return batch;
    }

    private Batch.Builder with() {
        return Batch.newBuilder(batch).setFed(fed).setInputOffset(inputOffset).setFedNanoUsd(fedBounds)
                .setCompleted(completed).setFailed(failed).setInputTokens(inputTokens)
                .setCachedTokens(cachedTokens).setOutputTokens(outputTokens).setReasoningTokens(reasoningTokens)
                .setCostNanoUsd(cost);
    }
}
