package dev.penstock.ingress.report;

import dev.penstock.schemas.event.Spend;

/** Sums of spend; see {@link Spend} for each. */
public record Totals(long attempts, long inputTokens, long outputTokens, long cacheReadTokens, long cacheWriteTokens,
        long reasoningTokens, long costNanoUsd, long unpricedAttempts) {
    /** Of nothing. */
    public static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0);

    Totals plus(Spend spend) {
        return new Totals(attempts + spend.getAttempts(), inputTokens + spend.getInputTokens(),
                outputTokens + spend.getOutputTokens(), cacheReadTokens + spend.getCacheReadTokens(),
                cacheWriteTokens + spend.getCacheWriteTokens(), reasoningTokens + spend.getReasoningTokens(),
                costNanoUsd + spend.getCostNanoUsd(), unpricedAttempts + spend.getUnpricedAttempts());
    }

    Totals plus(Totals other) {
        return new Totals(attempts + other.attempts, inputTokens + other.inputTokens,
                outputTokens + other.outputTokens, cacheReadTokens + other.cacheReadTokens,
                cacheWriteTokens + other.cacheWriteTokens, reasoningTokens + other.reasoningTokens,
                costNanoUsd + other.costNanoUsd, unpricedAttempts + other.unpricedAttempts);
    }
}
