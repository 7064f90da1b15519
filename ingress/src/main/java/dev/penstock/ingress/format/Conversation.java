package dev.penstock.ingress.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Builds the {@code messages} of a chat-completions request in their order: what the assistant did in one turn becomes
 * one message, a tool's results come before anything else that follows it, and what of a result is no text, for which a
 * tool message has no place, goes into the user's message after it.
 *
 * <p>Reasoning is carried as text in {@code reasoning_content} and, where its provider needs it back, as
 * {@code reasoning_details} in OpenRouter's form.
 */
final class Conversation {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ArrayNode messages = NODES.arrayNode();
    private final ArrayNode leftOver = NODES.arrayNode();
    private @Nullable ObjectNode assistant;

    /** The messages; nothing may be added after. */
    ArrayNode messages() {
        endTurn();
        return messages;
    }

    /** What the application tells the model. */
    void system(ArrayNode texts) {
        endTurn();
        add("system", texts);
    }

    /** What the user says, in parts. */
    void user(ArrayNode parts) {
        endAssistant();
        ArrayNode all = NODES.arrayNode().addAll(leftOver).addAll(parts);
        leftOver.removeAll();
        add("user", all);
    }

    /** The result of a tool: its text, and what else it has. */
    void toolResult(String callId, ArrayNode parts) {
        endAssistant();
        ArrayNode texts = NODES.arrayNode();
        parts.forEach(part -> (part.path("type").asText().equals("text") ? texts : leftOver).add(part));
        ObjectNode message = messages.addObject().put("role", "tool").put("tool_call_id", callId);
        if (texts.isEmpty()) {
            message.put("content", "");
        } else {
            message.set("content", plain(texts));
        }
    }

    /** What the assistant said. */
    void said(ArrayNode parts) {
        ObjectNode turn = turn();
        if (turn.hasNonNull("content") && !turn.has("tool_calls")) {
            endAssistant();
            turn = turn();
        }
        ArrayNode all = turn.path("content") instanceof ArrayNode before ? before.addAll(parts) : parts;
        turn.set("content", all);
    }

    /** What it refused to say. */
    void refused(String refusal) {
        turn().put("refusal", refusal);
    }

    /** A tool that it called. */
    void called(String id, String name, String arguments) {
        ObjectNode call = turn().withArrayProperty("tool_calls").addObject().put("id", id).put("type", "function");
        call.putObject("function").put("name", name).put("arguments", arguments);
    }

    /** What it thought; with a signature if its provider gave one. */
    void thought(String text, String signature) {
        ObjectNode turn = turn();
        if (!text.isEmpty()) {
            turn.put("reasoning_content", turn.path("reasoning_content").asText("") + text);
        }
        if (!signature.isEmpty()) {
            turn.withArrayProperty("reasoning_details").addObject().put("type", "reasoning.text").put("text", text)
                    .put("signature", signature);
        }
    }

    /** What it thought, for its provider's eyes only. */
    void thoughtInSecret(String data) {
        turn().withArrayProperty("reasoning_details").addObject().put("type", "reasoning.encrypted").put("data", data);
    }

    /** A part of text. */
    static ObjectNode text(String text) {
        return NODES.objectNode().put("type", "text").put("text", text);
    }

    /** A part that is an image, by URL or data URL. */
    static ObjectNode image(String url, @Nullable String detail) {
        ObjectNode part = NODES.objectNode().put("type", "image_url");
        ObjectNode image = part.putObject("image_url").put("url", url);
        if (detail != null) {
            image.put("detail", detail);
        }
        return part;
    }

    /** The next thing said is not of the turn before. */
    void endTurn() {
        endAssistant();
        if (!leftOver.isEmpty()) {
            user(NODES.arrayNode());
        }
    }

    private ObjectNode turn() {
        if (assistant == null) {
            endTurn();
            assistant = NODES.objectNode().put("role", "assistant").putNull("content");
        }
        return assistant;
    }

    /** A turn in which nothing was said or done is left out: no provider takes it. */
    private void endAssistant() {
        ObjectNode turn = assistant;
        if (turn != null && (turn.hasNonNull("content") || turn.has("tool_calls") || turn.has("refusal"))) {
            if (turn.path("content") instanceof ArrayNode parts) {
                turn.set("content", plain(parts));
            }
            messages.add(turn);
        }
        assistant = null;
    }

    private void add(String role, ArrayNode parts) {
        if (!parts.isEmpty()) {
            messages.addObject().put("role", role).set("content", plain(parts));
        }
    }

    /** One text without marks is a string, which every provider takes. */
    private static JsonNode plain(ArrayNode parts) {
        JsonNode only = parts.path(0);
        boolean text = parts.size() == 1 && only.path("type").asText().equals("text") && only.size() == 2;
        return text ? only.path("text") : parts;
    }
}
