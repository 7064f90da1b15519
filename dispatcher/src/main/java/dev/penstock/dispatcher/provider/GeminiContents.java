package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes Gemini's contents of OpenAI's messages. The system speaks apart from the conversation; the results of the calls
 * of one turn go into one content, in the order of the calls, since most are told apart by name and place alone.
 */
final class GeminiContents {
    /** Stands for a signature that is lost, or was another model's. */
    private static final String NO_SIGNATURE = "skip_thought_signature_validator";

    private final boolean needsSignatures;
    private final Gaps gaps;
    private final ArrayNode contents = JsonNodeFactory.instance.arrayNode();
    private final ArrayNode system = JsonNodeFactory.instance.arrayNode();
    private final Map<String, Call> calls = new HashMap<>();
    private final SortedMap<Integer, JsonNode> results = new TreeMap<>();
    private int index;

    private record Call(String name, int place) {}

    GeminiContents(boolean needsSignatures, Gaps gaps) {
        this.needsSignatures = needsSignatures;
        this.gaps = gaps;
    }

    /** Adds the next message. */
    void add(JsonNode message) {
        String role = message.path("role").asText();
        if (!role.equals("tool")) {
            endResults();
        }
        switch (role) {
            case "system", "developer" -> addParts(system, message.path("content"));
            case "user" -> {
                ArrayNode parts = JsonNodeFactory.instance.arrayNode();
                addParts(parts, message.path("content"));
                content("user", parts);
            }
            case "assistant" -> answer(message);
            case "tool" -> result(message, message.path("tool_call_id").asText());
            default -> note(".role");
        }
        index++;
    }

    private void note(String field) {
        gaps.note("messages[" + index + "]" + field);
    }

    private void addParts(ArrayNode parts, JsonNode content) {
        if (content.isTextual()) {
            parts.addObject().put("text", content.asText());
        }
        for (int i = 0; i < content.size(); i++) {
            if (!GeminiMedia.add(parts, content.path(i))) {
                note(".content[" + i + "]");
            }
        }
    }

    void writeTo(ObjectNode request) {
        endResults();
        if (contents.isEmpty()) {
            // There is nothing to answer without one.
            content("user", system);
        } else if (!system.isEmpty()) {
            request.putObject("systemInstruction").set("parts", system);
        }
        request.set("contents", contents);
    }

    private void content(String role, ArrayNode parts) {
        if (!parts.isEmpty()) {
            contents.addObject().put("role", role).set("parts", parts);
        }
    }

    private void answer(JsonNode message) {
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        if (!message.path("content").asText("").isEmpty() || message.path("content").isArray()) {
            addParts(parts, message.path("content"));
        }
        int place = 0;
        for (JsonNode call : message.path("tool_calls")) {
            call(parts, call.path("function"), call.path("id").asText(), place++);
        }
        if (message.hasNonNull("function_call")) {
            note(".function_call");
        }
        content("model", parts);
    }

    /** @param place among the calls of its turn, of which only the first has a signature */
    private void call(ArrayNode parts, JsonNode function, String id, int place) {
        String name = function.path("name").asText();
        calls.put(id, new Call(name, place));
        GeminiCallId known = GeminiCallId.read(id);
        ObjectNode part = parts.addObject();
        ObjectNode call = part.putObject("functionCall").put("name", name);
        call.set("args", Translation.object(function.path("arguments").asText()));
        if (known.own() != null) {
            call.put("id", known.own());
        }
        if (known.signature() != null) {
            part.put("thoughtSignature", known.signature());
        } else if (place == 0 && needsSignatures) {
            part.put("thoughtSignature", NO_SIGNATURE);
        }
    }

    private void result(JsonNode message, String id) {
        Call call = calls.getOrDefault(id,
                new Call(message.path("name").asText(id), results.isEmpty() ? 0 : results.lastKey() + 1));
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        ObjectNode result = part.putObject("functionResponse").put("name", call.name);
        GeminiCallId known = GeminiCallId.read(id);
        if (known.own() != null) {
            result.put("id", known.own());
        }
        String said = Translation.text(message.path("content"));
        ObjectNode object = Translation.object(said);
        result.set("response", object.isEmpty() && !said.strip().equals("{}")
                ? JsonNodeFactory.instance.objectNode().put("result", said)
                : object);
        results.put(call.place, part);
    }

    private void endResults() {
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        results.values().forEach(parts::add);
        content("user", parts);
        results.clear();
    }
}
