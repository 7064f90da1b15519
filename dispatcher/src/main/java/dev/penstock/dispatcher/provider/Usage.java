package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.event.Tokens;

/**
 * The tokens of one answer, in OpenAI's sense whatever the provider's was.
 *
 * @param inputTokens all of the prompt, cached tokens included
 * @param outputTokens all that was generated, reasoning included
 * @param cacheReadTokens part of {@code inputTokens} that came from the provider's cache
 * @param cacheWriteTokens part of {@code inputTokens} that was written to it
 * @param reasoningTokens part of {@code outputTokens}
 * @param cacheWrite1hTokens part of {@code cacheWriteTokens} that is kept for an hour
 * @param audioInputTokens part of {@code inputTokens}
 * @param audioOutputTokens part of {@code outputTokens}
 */
public record Usage(long inputTokens, long outputTokens, long cacheReadTokens, long cacheWriteTokens,
        long reasoningTokens, long cacheWrite1hTokens, long audioInputTokens, long audioOutputTokens) {
    /** Of text, and what is written to the cache stays there for minutes. */
    public Usage(long inputTokens, long outputTokens, long cacheReadTokens, long cacheWriteTokens,
            long reasoningTokens) {
        this(inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, 0, 0, 0);
    }

    /** With so much generated as yet. */
    Usage withOutput(long tokens) {
        return new Usage(inputTokens, tokens, cacheReadTokens, cacheWriteTokens, 0, cacheWrite1hTokens,
                audioInputTokens, 0);
    }

    static Usage of(Tokens tokens) {
        return new Usage(tokens.getInput(), tokens.getOutput(), tokens.getCacheRead(), tokens.getCacheWrite(),
                tokens.getReasoning(), tokens.getCacheWrite1h(), tokens.getAudioInput(), tokens.getAudioOutput());
    }

    /** Those of two answers. */
    public Usage plus(Usage other) {
        return new Usage(inputTokens + other.inputTokens, outputTokens + other.outputTokens,
                cacheReadTokens + other.cacheReadTokens, cacheWriteTokens + other.cacheWriteTokens,
                reasoningTokens + other.reasoningTokens, cacheWrite1hTokens + other.cacheWrite1hTokens,
                audioInputTokens + other.audioInputTokens, audioOutputTokens + other.audioOutputTokens);
    }
}
