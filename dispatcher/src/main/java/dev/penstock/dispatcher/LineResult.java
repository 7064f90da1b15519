package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.Tokens;
import java.nio.ByteBuffer;
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
                .setHoldUsed(ended.getHoldUsed()).setCostNanoUsd(cost);
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

    /** Of a line that no provider was called for. */
    static BatchResult of(RequestEnvelope envelope, BatchLine line, ApiError error) {
        return failed(BatchResult.newBuilder().setLine(line).setRequestId(envelope.getRequestId()).setCostNanoUsd(0L),
                error);
    }

    private static BatchResult failed(BatchResult.Builder result, ApiError error) {
        return result.setStatus(error.status())
                .setError(error.failure()).build();
    }
}
