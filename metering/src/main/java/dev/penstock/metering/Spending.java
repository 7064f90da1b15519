package dev.penstock.metering;

import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;

/** The arithmetic of a total. Pure; sums stop at the ends of a long, so that no event can make one fail. */
final class Spending {
    private Spending() {}

    /** The total of a day in one dimension before anything was used. */
    static Spend none(UsageEvent usage, String dimension) {
        return new Spend(usage.getTenant(), usage.getBillingDay(), dimension, 0L, 0L, 0L, 0L, 0L);
    }

    /** The total with one more attempt in it. */
    static Spend add(Spend sum, UsageEvent usage) {
        Tokens tokens = usage.getTokens();
        Long cost = usage.getCostNanoUsd();
        return new Spend(sum.getTenant(), sum.getDay(), sum.getDimension(),
                sum.getAttempts() + 1,
                plus(sum.getInputTokens(), tokens == null ? 0 : tokens.getInput()),
                plus(sum.getOutputTokens(), tokens == null ? 0 : tokens.getOutput()),
                plus(sum.getCostNanoUsd(), cost == null ? 0 : cost),
                sum.getUnpricedAttempts() + (cost == null ? 1 : 0));
    }

    /** Negative amounts are no amounts: a total only grows. */
    private static long plus(long sum, long amount) {
        long more = sum + Math.max(0, amount);
        return more < 0 ? Long.MAX_VALUE : more;
    }
}
