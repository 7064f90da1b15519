package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Anthropic's Messages API, as Anthropic and some others serve it. */
final class AnthropicDialect implements Dialect {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String path;
    private final @Nullable Secret apiKey;

    AnthropicDialect(Provider provider) {
        path = provider.baseUrl().getRawPath().replaceAll("/+$", "") + "/messages";
        apiKey = provider.apiKey();
    }

    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        var gaps = new Gaps();
        ObjectNode body = AnthropicRequest.body(CanonicalBody.read(envelope), candidate.getModel(),
                envelope.getStream(), gaps);
        if (gaps.unsupported() != null) {
            return Outbound.Unsupported.field(gaps.unsupported());
        }
        var headers = new HashMap<>(Map.of("content-type", "application/json", "accept",
                envelope.getStream() ? "text/event-stream" : "application/json", "user-agent", "penstock",
                "anthropic-version", "2023-06-01"));
        if (apiKey != null) {
            headers.put("x-api-key", apiKey.value());
        }
        return new OutboundRequest(path, headers, CanonicalBody.write(body), gaps.dropped());
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new AnthropicStreamDecoder();
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        new AnthropicParser().parseWhole(body, events);
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        JsonNode json = null;
        try {
            json = JSON.readTree(body);
        } catch (IOException _) {
            // Whatever it is, it is not of this dialect.
        }
        return AnthropicErrors.ofStatus(status, headers, json instanceof ObjectNode ? json : null);
    }
}
