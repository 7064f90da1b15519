package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the dialects that are not OpenAI's have in common on their way from a request and back from an error. */
final class Translation {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Translation() {}

    /**
     * What to send, unless there is something in the request that cannot be done without.
     *
     * @param calls how often, for as many choices
     */
    static Outbound outbound(String path, Map<String, String> headers, ObjectNode body, int calls, Gaps gaps) {
        String unsupported = gaps.unsupported();
        return unsupported == null
                ? new OutboundRequest(path, headers, CanonicalBody.write(body), calls, gaps.dropped())
                : Outbound.Unsupported.field(unsupported);
    }

    /** How many choices a request asks for. */
    static int choices(JsonNode request) {
        return Math.max(1, request.path("n").asInt(1));
    }

    /** Null if an answer is not JSON. */
    static @Nullable JsonNode readError(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (IOException _) {
            return null;
        }
    }

    /** The object that a text is the JSON of, as arguments of a call are to be; an empty one of any other text. */
    static ObjectNode object(String text) {
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (IOException _) {
            // Then it is no object.
        }
        return JSON.createObjectNode();
    }

    /** The text of a content, its parts in lines. */
    static String text(JsonNode content) {
        var text = new StringBuilder(content.asText(""));
        for (JsonNode part : content) {
            if (part.has("text")) {
                text.append(text.isEmpty() ? "" : "\n").append(part.path("text").asText());
            }
        }
        return text.toString();
    }

    static Map<String, String> headers(String accept) {
        return new HashMap<>(Map.of("content-type", "application/json", "accept", accept, "user-agent", "penstock"));
    }

    /** The path of a base URL, without the slash at its end. */
    static String path(URI baseUrl) {
        return baseUrl.getRawPath().replaceAll("/+$", "");
    }
}
