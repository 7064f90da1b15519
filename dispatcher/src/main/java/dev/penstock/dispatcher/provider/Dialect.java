package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * A provider's way of being asked and of answering. What goes in is always OpenAI's chat completions, what comes out
 * always {@link AnswerEvent}s, so a dialect knows nothing of clients and the encoders nothing of dialects. Stateless
 * and pure; what an answer needs to be remembered is in its decoder.
 */
interface Dialect {
    /** The dialect that a provider speaks. */
    static Dialect of(Provider provider) {
        return switch (provider.kind()) {
            case OPENAI, AZURE, DEEPSEEK, GROQ, MISTRAL, QWEN, OPENROUTER, XAI, OLLAMA, OPENAI_COMPATIBLE ->
                new OpenAiDialect(provider);
            case OPENAI_RESPONSES -> new ResponsesDialect(provider);
            case ANTHROPIC -> new AnthropicDialect(provider);
            case BEDROCK -> new BedrockDialect(provider);
            case GEMINI, VERTEX -> new GeminiDialect(provider);
            case OLLAMA_NATIVE -> new OllamaDialect(provider);
            case QWEN_NATIVE -> new QwenDialect(provider);
        };
    }

    /** What to send, if the provider can do what is asked. */
    Outbound request(RequestEnvelope envelope, Candidate candidate);

    /** The request as it goes out at this time; it is signed where signatures are for a time. */
    default OutboundRequest sign(OutboundRequest request, Instant now) {
        return request;
    }

    /** A fresh decoder of one streamed answer. */
    AnswerDecoder streamDecoder(RequestEnvelope envelope);

    /** The events of an answer that is not streamed, without {@link AnswerEvent.Done}. */
    void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events);

    /** What an answer with a status other than 2xx says, in OpenAI's terms and safe to show. */
    ApiError error(int status, ResponseHeaders headers, byte[] body);
}
