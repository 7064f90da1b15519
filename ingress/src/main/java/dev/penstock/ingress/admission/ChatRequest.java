package dev.penstock.ingress.admission;

import org.jspecify.annotations.Nullable;

/**
 * A valid chat-completions request in its canonical form.
 *
 * @param model as the caller names it
 * @param stream the caller wants server-sent events
 * @param includeUsage the caller wants the usage chunk at the end of the stream
 * @param maxOutputTokens {@code max_completion_tokens}, else {@code max_tokens}; null: no limit was given
 * @param n how many choices are to be generated
 * @param body a JSON object without {@code model}, {@code stream} and {@code stream_options}, without unknown fields,
 *     and with at most one of {@code max_completion_tokens} and {@code max_tokens}. Its first two bytes are a brace and
 *     a quote, so fields can be put in front. Not to be written to.
 */
@SuppressWarnings("ArrayRecordComponent") // the body is passed on, never compared
public record ChatRequest(String model, boolean stream, boolean includeUsage, @Nullable Integer maxOutputTokens, int n,
        byte[] body) {}
