package dev.penstock.metering;

import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.UsageSource;

/** Which sum an attempt belongs to, and the arithmetic. Pure; sums stop at the ends of a long, so that no event can make one fail. */
final class Spending {
    private static final Tokens NOTHING = Tokens.newBuilder().setInput(0).setOutput(0).setSource(UsageSource.PROVIDER)
            .build();

    private Spending() {}

    /**
     * The sum that an attempt belongs to before anything was used. Names {@code PROVIDER/MODEL}, which callers may make
     * up, share one if the provider did not answer, so that nobody can make sums without end for nothing.
     */
    static Spend none(UsageEvent usage) {
        boolean known = usage.getTokens() != null || !usage.getModel().startsWith(usage.getProvider() + "/");
        return new Spend(usage.getTenant(), usage.getBillingDay(), usage.getKeyId(),
                known ? usage.getModel() : usage.getProvider() + "/*", usage.getProvider(), usage.getLane(), 0L, 0L, 0L,
                0L, 0L, 0L, 0L, 0L);
    }

    /** The sum with one more attempt in it. */
    static Spend add(Spend sum, UsageEvent usage) {
        Tokens tokens = usage.getTokens() == null ? NOTHING : usage.getTokens();
        Long cost = usage.getCostNanoUsd();
        boolean correction = usage.getCorrects() != null;
        return new Spend(sum.getTenant(), sum.getDay(), sum.getKeyId(), sum.getModel(), sum.getProvider(),
                sum.getLane(), sum.getAttempts() + (correction ? 0 : 1),
                plus(sum.getInputTokens(), tokens.getInput()),
                plus(sum.getOutputTokens(), tokens.getOutput()),
                plus(sum.getCacheReadTokens(), tokens.getCacheRead()),
                plus(sum.getCacheWriteTokens(), tokens.getCacheWrite()),
                plus(sum.getReasoningTokens(), tokens.getReasoning()),
                correction && cost != null && cost < 0
                        ? Math.max(0, sum.getCostNanoUsd() + cost)
                        : plus(sum.getCostNanoUsd(), cost == null ? 0 : cost),
                sum.getUnpricedAttempts() + (cost == null ? 1 : 0));
    }

    /** Negative amounts are no amounts: but for corrections a sum only grows. */
    private static long plus(long sum, long amount) {
        long more = sum + Math.max(0, amount);
        return more < 0 ? Long.MAX_VALUE : more;
    }
}
