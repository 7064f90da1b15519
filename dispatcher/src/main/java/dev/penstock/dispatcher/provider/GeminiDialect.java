package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Google's generateContent: of the Gemini Developer API, whose base URL ends in its version, and of Vertex AI, whose
 * base URL ends in a project's location and whose key is a bearer token.
 */
final class GeminiDialect implements Dialect {
    /** A model that is named by its whole path: a tuned one, an endpoint of Vertex's. */
    private static final Pattern PATH = Pattern
            .compile("(?:models|tunedModels|endpoints|publishers/[\\w-]+/models)/[\\w.@-]+");

    private final String base;
    private final boolean vertex;
    private final @Nullable Secret apiKey;

    GeminiDialect(Provider provider) {
        base = Translation.path(provider.baseUrl()) + "/";
        vertex = provider.kind() == ProviderKind.VERTEX;
        apiKey = provider.apiKey();
    }

    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        String path = base + modelPath(candidate.getModel())
                + (envelope.getStream() ? ":streamGenerateContent?alt=sse" : ":generateContent");
        Map<String, String> headers = Translation
                .headers(envelope.getStream() ? "text/event-stream" : "application/json");
        if (apiKey != null && vertex) {
            headers.put("authorization", "Bearer " + apiKey.value());
        } else if (apiKey != null) {
            headers.put("x-goog-api-key", apiKey.value());
        }
        var gaps = new Gaps();
        var request = new GeminiRequest(CanonicalBody.read(envelope), GeminiModel.of(candidate.getModel()), gaps);
        return Translation.outbound(path, headers, request.body(), request.calls(), gaps);
    }

    private String modelPath(String model) {
        return PATH.matcher(model).matches()
                ? model
                : (vertex ? "publishers/google/models/" : "models/")
                        + URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        GeminiParser parser = parser(envelope);
        return new SseDecoder((_, data, length, events) -> parser.parse(data, length, events));
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        parser(envelope).parse(body, body.length, events);
    }

    private static GeminiParser parser(RequestEnvelope envelope) {
        return new GeminiParser(ToolCalls.idPrefix(envelope.getRequestId()));
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return GeminiErrors.ofStatus(status, headers, Translation.readError(body));
    }
}
