package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import org.jspecify.annotations.Nullable;

/**
 * What a call has used.
 *
 * @param estimated false: the provider said so; true: it did not, and the figure is Penstock's. Then the input is a
 *            quarter of the request's bytes, unless the provider has said as much as that, and the output the greater of the number of pieces streamed and a quarter
 *            of their UTF-8 bytes, each rounded up
 * @param serviceTier in which it was served, as the provider says; null if it does not
 * @param calls how many calls it is the sum of, each for one choice
 */
public record Consumption(Usage usage, boolean estimated, @Nullable String serviceTier, int calls) {
    /** Of one call in whatever tier. */
    public Consumption(Usage usage, boolean estimated) {
        this(usage, estimated, null, 1);
    }

    /** As events tell of it, and as it is priced. */
    public Tokens tokens() {
        return Tokens.newBuilder()
                .setInput(usage.inputTokens())
                .setOutput(usage.outputTokens())
                .setCacheRead(usage.cacheReadTokens())
                .setCacheWrite(usage.cacheWriteTokens())
                .setReasoning(usage.reasoningTokens())
                .setSource(estimated ? UsageSource.ESTIMATE : UsageSource.PROVIDER)
                .setCacheWrite1h(usage.cacheWrite1hTokens())
                .setAudioInput(usage.audioInputTokens())
                .setAudioOutput(usage.audioOutputTokens())
                .setServiceTier(serviceTier)
                .setCalls(calls)
                .build();
    }

    /** Of two calls, in whatever tiers. */
    public static Tokens sum(Tokens one, Tokens other) {
        boolean estimated = one.getSource() == UsageSource.ESTIMATE || other.getSource() == UsageSource.ESTIMATE;
        return new Consumption(Usage.of(one).plus(Usage.of(other)), estimated).tokens();
    }
}
