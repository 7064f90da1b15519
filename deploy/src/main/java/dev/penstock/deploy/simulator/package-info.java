/**
 * A provider that speaks OpenAI's chat completions, as OpenAI, Azure and Mistral do, and its Responses, Anthropic's
 * Messages and Google's generateContent, texts in the own dialects of Bedrock, Ollama and Qwen too, and costs nothing: for
 * a first try, for tests and for the bench. What it says depends on the request alone ({@link Script}, schemas); how fast,
 * and how it fails, on its settings and on directives in the request ({@link Directive}).
 *
 * <p>A request's path: {@link Simulator} reads it, a {@link Dialect} understands it, {@link Answer} says what to reply,
 * and {@link StreamedReply} or {@link WholeReply} says it at the asked pace, in the dialect's {@link Wording}. A
 * connection, with all that is said on it, belongs to one event loop.
 */
@NullMarked
package dev.penstock.deploy.simulator;

import org.jspecify.annotations.NullMarked;
