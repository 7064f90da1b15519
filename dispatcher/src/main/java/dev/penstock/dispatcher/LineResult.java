package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.Tokens;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What came of a line of a batch, as it goes to the log. Pure. */
final class LineResult {
    /** The status of a line that no provider was called for, as its batch ends without it. */
    static final int NOT_EXECUTED = 0;

    private LineResult() {}

    /**
     * Of a line that a provider was called for; null if that was cut off, so that the line has to be taken again.
     *
     * @param cost in nano-US-dollars, or null if the price is unknown
     */
    static @Nullable BatchResult of(RequestEnvelope envelope, BatchLine line, Outcome outcome, AttemptEnded ended,
            @Nullable Long cost) {
        BatchResult.Builder result = BatchResult.newBuilder().setLine(line).setRequestId(envelope.getRequestId())
                .setHoldUsed(used(envelope, ended)).setCostNanoUsd(cost);
        Tokens tokens = ended.getTokens();
        if (tokens != null) {
            result.setInputTokens(tokens.getInput()).setCachedTokens(tokens.getCacheRead())
                    .setOutputTokens(tokens.getOutput()).setReasoningTokens(tokens.getReasoning());
        }
        if (tokens == null) {
            result.setCostNanoUsd(0L);
        }
        return switch (outcome) {
            case Outcome.Completed(byte[] body, _) -> result.setStatus(200).setBody(ByteBuffer.wrap(body)).build();
            case Outcome.Refused(var error) -> failed(result, error);
            case Outcome.Rejected(var error) -> failed(result, error);
            case Outcome.Broken(var error, _, _) -> failed(result, error);
            case Outcome.Abandoned _ -> null;
        };
    }

    /**
     * Of a line that no provider was called for.
     *
     * @param mayBeSecond whether a worker before may have called for it
     */
    static BatchResult of(RequestEnvelope envelope, BatchLine line, ApiError error, boolean mayBeSecond) {
        return failed(BatchResult.newBuilder().setLine(line).setRequestId(envelope.getRequestId())
                .setHoldUsed(mayBeSecond ? all(envelope.getHold()) : 0).setCostNanoUsd(0L), error);
    }

    /**
     * What of the line's hold is gone. An attempt with a hold of its own is one after another that may have been lost, and
     * that the ledger then settles with all of the line's: so nothing of it may be given back, whatever this one used.
     */
    private static long used(RequestEnvelope envelope, AttemptEnded ended) {
        Hold hold = envelope.getHold();
        return Objects.equals(hold, ended.getHold()) ? ended.getHoldUsed() : all(hold);
    }

    private static long all(@Nullable Hold hold) {
        return hold == null ? 0 : hold.getNanoUsd();
    }

    private static BatchResult failed(BatchResult.Builder result, ApiError error) {
        return result.setStatus(error.status())
                .setError(error.failure()).build();
    }
}
