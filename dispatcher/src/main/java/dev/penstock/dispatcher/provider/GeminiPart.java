package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_TRUE;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers what the parts of one content say together. */
final class GeminiPart {
    private @Nullable String content;
    private @Nullable String reasoning;
    private List<Call> calls = List.of();
    private List<String> images = List.of();

    /** @param id the provider's own, which it gives to few */
    private record Call(String name, String arguments, @Nullable String id, @Nullable String signature) {}

    /** Forgets the content before. */
    void begin() {
        content = reasoning = null;
        calls = List.of();
        images = List.of();
    }

    /** Reads the part at hand. Code that the model ran, and its output, have no place in OpenAI's answer. */
    void parse(JsonParser json, byte[] body) throws IOException {
        String text = null;
        boolean thought = false;
        String signature = null;
        Call call = null;
        String image = null;
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "text" -> text = json.getValueAsString();
                case "thought" -> thought = value == VALUE_TRUE;
                case "thoughtSignature" -> signature = json.getValueAsString();
                case "functionCall" -> call = value == START_OBJECT ? call(json, body) : null;
                case "inlineData" -> image = value == START_OBJECT ? imageUrl(json) : null;
                default -> json.skipChildren();
            }
        }
        if (text != null && thought) {
            reasoning = reasoning == null ? text : reasoning + text;
        } else if (text != null) {
            content = content == null ? text : content + text;
        }
        if (image != null && !thought) {
            images = images.isEmpty() ? new ArrayList<>() : images;
            images.add(image);
        }
        if (call != null) {
            calls = calls.isEmpty() ? new ArrayList<>() : calls;
            calls.add(new Call(call.name, call.arguments, call.id, signature));
        }
    }

    private static Call call(JsonParser json, byte[] body) throws IOException {
        String name = "";
        String arguments = "{}";
        String id = null;
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "name" -> name = json.getValueAsString("");
                case "args" -> arguments = value == START_OBJECT ? ChoiceParser.raw(json, body) : arguments;
                case "id" -> id = json.getValueAsString();
                default -> json.skipChildren();
            }
        }
        return new Call(name, arguments, id, null);
    }

    private static @Nullable String imageUrl(JsonParser json) throws IOException {
        String type = "";
        String data = "";
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "mimeType" -> type = json.getValueAsString("");
                case "data" -> data = json.getValueAsString("");
                default -> json.skipChildren();
            }
        }
        return type.startsWith("image/") ? "data:" + type + ";base64," + data : null;
    }

    @Nullable
    String content() {
        return content;
    }

    @Nullable
    String reasoning() {
        return reasoning;
    }

    /**
     * The calls of functions, each whole.
     *
     * @param idPrefix of those that have no id
     * @param before how many calls there have been in this answer
     */
    List<ToolCall> calls(String idPrefix, int before) {
        if (calls.isEmpty()) {
            return List.of();
        }
        var whole = new ArrayList<ToolCall>(calls.size());
        for (Call call : calls) {
            int index = before + whole.size();
            String id = call.id == null || call.id.isEmpty()
                    ? GeminiCallId.carrying(idPrefix + index, false, call.signature)
                    : GeminiCallId.carrying(call.id, true, call.signature);
            whole.add(new ToolCall(index, id, call.name, call.arguments));
        }
        return whole;
    }

    /** Images as OpenRouter has them in a message, since OpenAI has none. */
    List<Raw> images() {
        if (images.isEmpty()) {
            return List.of();
        }
        var json = JsonNodeFactory.instance.arrayNode();
        for (String url : images) {
            json.addObject().put("type", "image_url").putObject("image_url").put("url", url);
        }
        return List.of(new Raw("images", json.toString()));
    }
}
