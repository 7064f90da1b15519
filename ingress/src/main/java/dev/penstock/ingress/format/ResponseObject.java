package dev.penstock.ingress.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.ingress.replay.Replay;
import dev.penstock.ingress.replay.Replay.Status;
import dev.penstock.schemas.event.Failure;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.ResponseHead;
import dev.penstock.schemas.event.ResponsePart;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is shown of an answer that is kept as long as it has none of its own: an object without output that says how far
 * it is.
 */
public final class ResponseObject {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ResponseObject() {}

    /** An answer that nothing has been done for yet. */
    public static byte[] queued(ResponsePart first, ResponseHead head) {
        return of(first, head, Status.QUEUED, null);
    }

    /** An answer as it is now: its own body where it is complete. */
    public static byte[] of(Replay replay, Instant now) {
        ResponsePart end = replay.end();
        ByteBuffer body = end == null ? null : end.getBody();
        return body == null
                ? of(replay.first(), replay.head(), replay.status(now), end == null ? null : end.getError())
                : bytes(body);
    }

    private static byte[] of(ResponsePart first, ResponseHead head, Status status, @Nullable Failure failure) {
        ObjectNode object = NODES.objectNode().put("id", first.getRequestId());
        String word = status.name().toLowerCase(Locale.ROOT);
        if (head.getFormat() != Format.RESPONSES) {
            object.put("object", head.getFormat() == Format.COMPLETIONS ? "text_completion" : "chat.completion")
                    .put("created", first.getAt().getEpochSecond()).put("model", head.getModel());
            object.putArray("choices");
            return Trees.bytes(object.put("status", word));
        }
        object.put("object", "response").put("created_at", first.getAt().getEpochSecond()).put("status", word);
        if (status == Status.FAILED) {
            object.putObject("error")
                    .put("code", failure != null && failure.getType().equals("rate_limit_error")
                            ? "rate_limit_exceeded"
                            : "server_error")
                    .put("message", failure == null ? "The response was lost." : failure.getMessage());
        } else {
            object.putNull("error");
        }
        object.putNull("incomplete_details").put("model", head.getModel()).putArray("output");
        ByteBuffer echo = head.getEcho();
        if (echo != null && Trees.tree(bytes(echo)) instanceof ObjectNode repeated) {
            object.setAll(repeated);
        }
        return Trees.bytes(object.putNull("usage"));
    }

    /** What another response goes on from: the input of this one, and its output. */
    public static byte[] conversation(Replay replay) {
        ArrayNode items = input(replay);
        ResponsePart end = replay.end();
        ByteBuffer body = end == null ? null : end.getBody();
        if (body != null) {
            Trees.tree(bytes(body)).path("output").forEach(items::add);
        }
        return Trees.bytes(items);
    }

    /** The list of its input items. */
    public static byte[] inputItems(Replay replay) {
        ArrayNode items = input(replay);
        String suffix = replay.first().getRequestId().replaceFirst("^resp_", "");
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof ObjectNode item && !item.hasNonNull("id")) {
                item.put("id", "item_" + suffix + "_" + i);
                if (!item.has("type")) {
                    item.put("type", "message");
                }
            }
        }
        ObjectNode list = NODES.objectNode().put("object", "list");
        list.set("data", items);
        return Trees.bytes(list.put("first_id", items.path(0).path("id").asText(null))
                .put("last_id", items.path(items.size() - 1).path("id").asText(null)).put("has_more", false));
    }

    private static ArrayNode input(Replay replay) {
        ByteBuffer input = replay.head().getInput();
        JsonNode items = input == null ? NODES.arrayNode() : Trees.tree(bytes(input));
        return items instanceof ArrayNode array ? array : NODES.arrayNode();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
