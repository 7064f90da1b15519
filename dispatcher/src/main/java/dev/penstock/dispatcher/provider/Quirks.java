package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.catalog.ProviderKind;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How a provider of OpenAI's dialect differs from OpenAI.
 *
 * @param bearer whether the key is a bearer token; else it has a header {@code api-key}
 * @param asksForUsage whether usage in a stream has to be asked for by {@code stream_options}
 * @param reasoningApart whether its {@code completion_tokens} leave out the tokens of reasoning
 * @param rewrite what is to be changed in a request, and noted if something is lost; null if nothing, which spares parsing it
 */
record Quirks(boolean bearer, boolean asksForUsage, boolean reasoningApart,
        @Nullable BiConsumer<ObjectNode, Gaps> rewrite) {
    private static final Quirks NONE = new Quirks(true, true, false, null);

    static Quirks of(ProviderKind kind) {
        return switch (kind) {
            case OPENAI, OPENAI_RESPONSES, OPENROUTER, OLLAMA, OPENAI_COMPATIBLE -> NONE;
            case AZURE -> new Quirks(false, true, false, null);
            case XAI -> new Quirks(true, true, true, Rewrites::xai);
            case GROQ -> new Quirks(true, true, false, Rewrites::groq);
            case DEEPSEEK -> new Quirks(true, true, false, Rewrites::deepSeek);
            case QWEN -> new Quirks(true, true, false, Rewrites::qwen);
            case MISTRAL -> new Quirks(true, false, false, Rewrites::mistral);
            case ANTHROPIC, BEDROCK, GEMINI, VERTEX, OLLAMA_NATIVE, QWEN_NATIVE ->
                throw new IllegalArgumentException(kind + " does not speak OpenAI's dialect");
        };
    }
}
