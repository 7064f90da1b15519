package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.Format;
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
    private static final byte[] CHOICES = "\"n\":".getBytes(StandardCharsets.US_ASCII);

    private final ProviderKind kind;
    private final Quirks quirks;
    private final String base;
    private final String query;
    private final @Nullable Secret apiKey;
    private final boolean idempotent;

    OpenAiDialect(Provider provider) {
        kind = provider.kind();
        quirks = Quirks.of(kind);
        base = Translation.path(provider.baseUrl());
        String asked = provider.baseUrl().getRawQuery();
        query = asked == null ? "" : "?" + asked;
        apiKey = provider.apiKey();
        idempotent = kind == ProviderKind.OPENAI || kind == ProviderKind.OPENAI_RESPONSES;
    }

    @Override
    public OutboundRequest request(RequestEnvelope envelope, Candidate candidate) {
        Map<String, String> headers = headers(envelope);
        String model = candidate.getModel();
        return switch (envelope.getFormat()) {
            case CHAT_COMPLETIONS, COMPLETIONS, RESPONSES, MESSAGES -> {
                byte[] chat = splice(head(model) + stream(envelope.getStream()), envelope.getBody());
                boolean foreign = envelope.getFormat() == Format.MESSAGES || envelope.getFormat() == Format.RESPONSES;
                boolean carries = CarriedState.mayBeIn(envelope.getBody());
                boolean split = kind.mayNeedACallForEachChoice() && CanonicalBody.mayHave(CHOICES, envelope.getBody());
                yield quirks.rewrite() == null && !foreign && !carries && !split
                        ? new OutboundRequest(path(model, "/chat/completions"), headers, chat)
                        : rewrite(path(model, "/chat/completions"), headers, chat, foreign, carries);
            }
            case EMBEDDINGS -> new OutboundRequest(path(model, "/embeddings"), headers,
                    splice(head(model), envelope.getBody()));
            case MODERATIONS -> new OutboundRequest(path(model, "/moderations"), headers,
                    splice(head(model), envelope.getBody()));
        };
    }

    /** The key among them. */
    Map<String, String> headers(RequestEnvelope envelope) {
        Map<String, String> headers = Translation
                .headers(envelope.getStream() ? "text/event-stream" : "application/json");
        if (apiKey != null && quirks.bearer()) {
            headers.put("authorization", "Bearer " + apiKey.value());
        } else if (apiKey != null) {
            headers.put("api-key", apiKey.value());
        }
        if (idempotent) { // also where a redelivered record is called for a second time
            headers.put(OutboundRequest.IDEMPOTENCY_KEY, idempotencyKey(envelope));
        }
        return headers;
    }

    /** Another for each attempt that is meant to be one, so for what is asked to go on with an answer. */
    private static String idempotencyKey(RequestEnvelope envelope) {
        Continued continued = envelope.getContinued();
        return (continued == null ? envelope.getRequestId() : continued.getAttemptId()) + "-" + envelope.getNext();
    }

    /** Azure has the model's deployment in the path, unless the base URL is that of its newer API, and a version. */
    String path(String model, String endpoint) {
        String deployment = base.endsWith("/deployments") ? "/" + URLEncoder.encode(model, StandardCharsets.UTF_8) : "";
        return base + deployment + endpoint + query;
    }

    private static String head(String model) {
        return "{\"model\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(model)) + '"';
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

    private OutboundRequest rewrite(String path, Map<String, String> headers, byte[] request, boolean foreign,
            boolean carries) {
        var gaps = new Gaps();
        try {
            var tree = (ObjectNode) CanonicalBody.JSON.readTree(request);
            if (carries) {
                Rewrites.stripCarriedState(tree);
            }
            if (foreign) {
                ForeignFields.settle(tree, kind, gaps);
            }
            if (quirks.rewrite() != null) {
                quirks.rewrite().accept(tree, gaps);
            }
            int calls = kind.mayNeedACallForEachChoice() ? Translation.choices(tree) : 1;
            if (calls > 1) {
                tree.remove("n");
            }
            return new OutboundRequest(path, headers, CanonicalBody.write(tree), calls, gaps.dropped());
        } catch (IOException e) {
            throw new UncheckedIOException("An accepted request is JSON", e);
        }
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new SseDecoder(parser(envelope)::parseEvent);
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
