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

/** DashScope's own dialect; the base URL ends in its {@code /api/v1}. */
final class QwenDialect implements Dialect {
    private final String base;
    private final @Nullable Secret apiKey;

    QwenDialect(Provider provider) {
        base = Translation.path(provider.baseUrl());
        apiKey = provider.apiKey();
    }

    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        Map<String, String> headers = Translation.headers("application/json");
        if (envelope.getStream()) {
            headers.put("accept", "text/event-stream");
            headers.put("x-dashscope-sse", "enable");
        }
        if (apiKey != null) {
            headers.put("authorization", "Bearer " + apiKey.value());
        }
        ObjectNode asked = CanonicalBody.read(envelope);
        Rewrites.stripCarriedState(asked);
        var gaps = new Gaps();
        var request = new QwenRequest(asked, candidate.getModel(), gaps);
        return Translation.outbound(base + request.path(), headers, request.body(envelope.getStream()),
                Translation.choices(asked), gaps);
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new LineDecoder(new QwenLines(parser(envelope)));
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        parser(envelope).parse(body, body.length, 200, events);
    }

    private static QwenParser parser(RequestEnvelope envelope) {
        return new QwenParser(ToolCalls.idPrefix(envelope.getRequestId()));
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return QwenErrors.ofStatus(status, headers, Translation.readError(body));
    }
}
