package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** OpenAI's chat completions, as OpenAI and as everybody else speaks them. What differs is in {@link Quirks}. */
final class OpenAiDialect implements Dialect {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ID_PREFIX = Pattern.compile("^[a-z]+[-_]");

    private final ProviderKind kind;
    private final Quirks quirks;
    private final String root;
    private final @Nullable Secret apiKey;
    private final boolean idempotent;

    OpenAiDialect(Provider provider) {
        kind = provider.kind();
        quirks = Quirks.of(kind);
        root = provider.baseUrl().getRawPath().replaceAll("/+$", "");
        apiKey = provider.apiKey();
        idempotent = provider.kind() == ProviderKind.OPENAI;
    }

    @Override
    public OutboundRequest request(RequestEnvelope envelope, Candidate candidate) {
        var headers = new HashMap<>(Map.of("content-type", "application/json", "accept",
                envelope.getStream() ? "text/event-stream" : "application/json", "user-agent", "penstock"));
        if (apiKey != null) {
            headers.put("authorization", "Bearer " + apiKey.value());
        }
        if (idempotent) { // also where a redelivered record is called for a second time
            headers.put("idempotency-key", envelope.getRequestId() + "-" + envelope.getNext());
        }
        return switch (envelope.getFormat()) {
            case CHAT_COMPLETIONS, COMPLETIONS, RESPONSES, MESSAGES -> {
                byte[] chat = splice(model(candidate) + stream(envelope.getStream()), envelope.getBody());
                boolean foreign = envelope.getFormat() == Format.MESSAGES || envelope.getFormat() == Format.RESPONSES;
                yield new OutboundRequest(root + "/chat/completions", headers,
                        quirks.rewrite() == null && !foreign ? chat : rewrite(chat, foreign));
            }
            case EMBEDDINGS -> new OutboundRequest(root + "/embeddings", headers,
                    splice(model(candidate), envelope.getBody()));
            case MODERATIONS -> new OutboundRequest(root + "/moderations", headers,
                    splice(model(candidate), envelope.getBody()));
        };
    }

    private static String model(Candidate candidate) {
        return "{\"model\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(candidate.getModel())) + '"';
    }

    private String stream(boolean stream) {
        String options = stream && quirks.asksForUsage() ? ",\"stream_options\":{\"include_usage\":true}" : "";
        return ",\"stream\":" + stream + options;
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

    private byte[] rewrite(byte[] request, boolean foreign) {
        try {
            var tree = (ObjectNode) JSON.readTree(request);
            if (foreign) {
                ForeignFields.settle(tree, kind);
            }
            if (quirks.rewrite() != null) {
                quirks.rewrite().accept(tree);
            }
            return JSON.writeValueAsBytes(tree);
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
        return new ChatParser(quirks,
                ID_PREFIX.matcher(envelope.getRequestId()).replaceFirst("call_") + "_");
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        JsonNode json = null;
        try {
            json = JSON.readTree(body);
        } catch (IOException _) {
            // Whatever it is, it is not of this dialect.
        }
        return OpenAiErrors.ofStatus(status, headers, json instanceof ObjectNode ? json : null);
    }
}
