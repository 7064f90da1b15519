package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Anthropic's Messages API, as Anthropic and some others serve it. */
final class AnthropicDialect implements Dialect {
    private final String path;
    private final @Nullable Secret apiKey;

    AnthropicDialect(Provider provider) {
        path = Translation.path(provider.baseUrl()) + "/messages";
        apiKey = provider.apiKey();
    }

    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        var gaps = new Gaps();
        ObjectNode request = CanonicalBody.read(envelope);
        ObjectNode body = AnthropicRequest.body(request, candidate.getModel(), envelope.getStream(), gaps);
        Map<String, String> headers = Translation
                .headers(envelope.getStream() ? "text/event-stream" : "application/json");
        headers.put("anthropic-version", "2023-06-01");
        if (apiKey != null) {
            headers.put("x-api-key", apiKey.value());
        }
        return Translation.outbound(path, headers, body, Translation.choices(request), gaps);
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        var parser = new AnthropicParser();
        return new SseDecoder((_, data, length, events) -> parser.parse(data, length, events));
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        new AnthropicParser().parseWhole(body, events);
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return AnthropicErrors.ofStatus(status, headers, Translation.readError(body));
    }
}
