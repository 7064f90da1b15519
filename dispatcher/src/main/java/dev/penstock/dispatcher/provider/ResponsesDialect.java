package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import java.util.function.Consumer;

/**
 * OpenAI's Responses API, for models that are to be had by no other, or think better by it. Embeddings and moderations
 * are where they are in OpenAI's other dialect, and so are the shapes of errors.
 */
final class ResponsesDialect implements Dialect {
    private final OpenAiDialect others;

    ResponsesDialect(Provider provider) {
        others = new OpenAiDialect(provider);
    }

    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        if (envelope.getFormat() == Format.EMBEDDINGS || envelope.getFormat() == Format.MODERATIONS) {
            return others.request(envelope, candidate);
        }
        var gaps = new Gaps();
        ObjectNode request = CanonicalBody.read(envelope);
        ObjectNode body = ResponsesRequest.body(request, candidate.getModel(), envelope.getStream(), gaps);
        return Translation.outbound(others.path(candidate.getModel(), "/responses"), others.headers(envelope), body,
                Translation.choices(request), gaps);
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new SseDecoder(new ResponsesParser()::parse);
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        new ResponsesParser().parseWhole(body, events);
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return others.error(status, headers, body);
    }
}
