package dev.penstock.dispatcher.provider;

/**
 * The tokens of one answer, in OpenAI's sense whatever the provider's was.
 *
 * @param inputTokens all of the prompt, cached tokens included
 * @param outputTokens all that was generated, reasoning included
 * @param cacheReadTokens part of {@code inputTokens} that came from the provider's cache
 * @param cacheWriteTokens part of {@code inputTokens} that was written to it
 * @param reasoningTokens part of {@code outputTokens}
 */
public record Usage(long inputTokens, long outputTokens, long cacheReadTokens, long cacheWriteTokens,
        long reasoningTokens) {}
