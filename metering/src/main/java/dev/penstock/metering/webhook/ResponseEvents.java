package dev.penstock.metering.webhook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.event.ResponsePart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ends of responses that are kept, as webhooks are told of them. A response has one id however often it is tried, and
 * one event follows from it; of two ends of the same response the event is told twice, with the same id.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/webhook-events/response">OpenAI's response events</a>
 */
final class ResponseEvents {
    private static final String RESPONSE = "resp_";
    private static final String COMPLETED = "response.completed";
    private static final String INCOMPLETE = "response.incomplete";
    private static final String FAILED = "response.failed";
    private static final String CANCELLED = "response.cancelled";
    static final List<String> TYPES = List.of(COMPLETED, INCOMPLETE, FAILED, CANCELLED);
    private static final JsonFactory JSON = new JsonFactory();

    private ResponseEvents() {}

    /** What there is to tell of a record of {@code penstock.responses}; null for one that is not the end of a response. */
    static @Nullable WebhookEvent of(ResponsePart part) {
        String id = part.getRequestId();
        if (!id.startsWith(RESPONSE)) {
            return null; // an answer of another API
        }
        String type = switch (part.getKind()) {
            case DONE -> isIncomplete(part.getBody()) ? INCOMPLETE : COMPLETED;
            case FAILED -> FAILED;
            case CANCELLED -> CANCELLED;
            case HEAD, BEGUN, EVENTS, DELETED -> null;
        };
        return type == null
                ? null
                : new WebhookEvent("evt_" + id.substring(RESPONSE.length()), type, part.getTenant(), part.getAt(),
                        json -> json.writeStringField("id", id));
    }

    /** Whether the object says so of itself. */
    private static boolean isIncomplete(@Nullable ByteBuffer body) {
        if (body == null) {
            return false;
        }
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean status = json.currentName().equals("status");
                json.nextToken();
                if (status) {
                    return "incomplete".equals(json.getText());
                }
                json.skipChildren();
            }
            return false;
        } catch (IOException _) {
            return false; // written by ourselves
        }
    }
}
