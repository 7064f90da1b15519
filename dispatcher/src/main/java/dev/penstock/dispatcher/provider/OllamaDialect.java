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

/** Ollama's own dialect; the base URL ends before its {@code /api}. It streams JSON in lines. */
final class OllamaDialect implements Dialect {
    private final String path;
    private final @Nullable Secret apiKey;

    OllamaDialect(Provider provider) {
        path = Translation.path(provider.baseUrl()) + "/api/chat";
        apiKey = provider.apiKey();
    }

    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        Map<String, String> headers = Translation
                .headers(envelope.getStream() ? "application/x-ndjson" : "application/json");
        if (apiKey != null) {
            headers.put("authorization", "Bearer " + apiKey.value());
        }
        var gaps = new Gaps();
        ObjectNode asked = CanonicalBody.read(envelope);
        var request = new OllamaRequest(asked, gaps);
        return Translation.outbound(path, headers, request.body(candidate.getModel(), envelope.getStream()),
                Translation.choices(asked), gaps);
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new LineDecoder(parser(envelope)::parseLine);
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        parser(envelope).parse(body, body.length, events);
    }

    private static OllamaParser parser(RequestEnvelope envelope) {
        return new OllamaParser(ToolCalls.idPrefix(envelope.getRequestId()) + "0_");
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return OpenAiErrors.ofStatus(status, headers, Translation.readError(body));
    }
}
