package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** OpenAI's chat completions, as OpenAI and as everybody else speaks them. What differs is in {@link Quirks}. */
final class OpenAiDialect implements Dialect {
    private final Quirks quirks;
    private final String base;
    private final String query;
    private final @Nullable Secret apiKey;

    OpenAiDialect(Provider provider) {
        quirks = Quirks.of(provider.kind());
        base = Translation.path(provider.baseUrl());
        String asked = provider.baseUrl().getRawQuery();
        query = asked == null ? "" : "?" + asked;
        apiKey = provider.apiKey();
    }

    @Override
    public OutboundRequest request(RequestEnvelope envelope, Candidate candidate) {
        Map<String, String> headers = Translation
                .headers(envelope.getStream() ? "text/event-stream" : "application/json");
        if (apiKey != null && quirks.bearer()) {
            headers.put("authorization", "Bearer " + apiKey.value());
        } else if (apiKey != null) {
            headers.put("api-key", apiKey.value());
        }
        byte[] spliced = splice(head(candidate.getModel(), envelope.getStream()), envelope.getBody());
        boolean carries = CarriedState.mayBeIn(envelope.getBody());
        return new OutboundRequest(path(candidate.getModel()), headers,
                quirks.rewrite() == null && !carries ? spliced : rewrite(spliced, carries));
    }

    /** Azure has the model's deployment in the path, unless the base URL is that of its newer API, and a version. */
    private String path(String model) {
        String deployment = base.endsWith("/deployments") ? "/" + URLEncoder.encode(model, StandardCharsets.UTF_8) : "";
        return base + deployment + "/chat/completions" + query;
    }

    private String head(String model, boolean stream) {
        String options = stream && quirks.asksForUsage() ? ",\"stream_options\":{\"include_usage\":true}" : "";
        return "{\"model\":\"" + new String(JsonStringEncoder.getInstance()
                .quoteAsString(model)) + "\",\"stream\":" + stream + options;
    }

    /** Puts these first fields before those of an object, without looking further into it than its first field. */
    private static byte[] splice(String head, ByteBuffer object) {
        ByteBuffer rest = object.duplicate();
        while (rest.get() != '{') {
        }
        int first = rest.position();
        while (rest.get(first) <= ' ') {
            first++;
        }
        byte[] start = (rest.get(first) == '}' ? head : head + ",").getBytes(StandardCharsets.UTF_8);
        rest.position(first);
        byte[] spliced = new byte[start.length + rest.remaining()];
        System.arraycopy(start, 0, spliced, 0, start.length);
        rest.get(spliced, start.length, rest.remaining());
        return spliced;
    }

    private byte[] rewrite(byte[] request, boolean carries) {
        try {
            var tree = (ObjectNode) CanonicalBody.JSON.readTree(request);
            if (carries) {
                Rewrites.stripCarriedState(tree);
            }
            if (quirks.rewrite() != null) {
                quirks.rewrite().accept(tree);
            }
            return CanonicalBody.write(tree);
        } catch (IOException e) {
            throw new UncheckedIOException("An accepted request is JSON", e);
        }
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new OpenAiStreamDecoder(parser(envelope));
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        parser(envelope).parse(body, body.length, events);
    }

    private ChatParser parser(RequestEnvelope envelope) {
        return new ChatParser(quirks, ToolCalls.idPrefix(envelope.getRequestId()));
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return OpenAiErrors.ofStatus(status, headers,
                Translation.readError(body) instanceof ObjectNode json ? json : null);
    }
}
