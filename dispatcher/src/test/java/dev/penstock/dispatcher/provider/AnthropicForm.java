package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Anthropic's requests and answers read by plain trees, the other way round from what the dialect does. */
final class AnthropicForm {
    private static final Set<String> FIELDS = Set.of("model", "messages", "system", "stream", "max_tokens",
            "temperature", "top_p", "top_k", "stop_sequences", "tools", "tool_choice", "thinking", "output_config",
            "metadata");

    private AnthropicForm() {}

    /** Why no OpenAI client can have asked for this; empty if one can. */
    static Optional<String> inexpressible(JsonNode request) {
        for (var field : request.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                return Optional.of("OpenAI has no " + field.getKey());
            }
        }
        for (JsonNode tool : request.path("tools")) {
            if (tool.has("type")) {
                return Optional.of("OpenAI has no tool of the provider's own: " + tool.path("type").asText());
            }
        }
        for (JsonNode block : blocks(request)) {
            if (block.path("citations").path("enabled").asBoolean()) {
                return Optional.of("OpenAI cannot ask for citations of a document");
            }
            for (JsonNode part : block.path("content")) {
                if (block.path("type").asText().equals("tool_result") && !part.path("type").asText().equals("text")) {
                    return Optional.of("OpenAI's results of tools are text");
                }
            }
            if (block.path("is_error").asBoolean()) {
                return Optional.of("OpenAI cannot tell that a tool failed");
            }
        }
        return Optional.empty();
    }

    private static List<JsonNode> blocks(JsonNode request) {
        var blocks = new ArrayList<JsonNode>();
        request.path("messages").forEach(message -> message.path("content").forEach(blocks::add));
        return blocks;
    }

    /** The body that an OpenAI client sends to say the same. */
    static ObjectNode asOpenAi(JsonNode request) {
        ObjectNode body = Recordings.JSON.createObjectNode();
        ArrayNode messages = body.putArray("messages");
        if (request.has("system")) {
            messages.addObject().put("role", "system").set("content", texts(request.path("system")));
        }
        request.path("messages").forEach(message -> add(message, messages));
        copy(request, "max_tokens", body, "max_completion_tokens");
        copy(request, "temperature", body, "temperature");
        copy(request, "top_p", body, "top_p");
        copy(request, "top_k", body, "top_k");
        copy(request, "stop_sequences", body, "stop");
        copy(request, "thinking", body, "thinking");
        if (request.at("/metadata/user_id").isTextual()) {
            body.set("user", request.at("/metadata/user_id"));
        }
        for (JsonNode tool : request.path("tools")) {
            ObjectNode function = body.withArrayProperty("tools").addObject().put("type", "function")
                    .putObject("function");
            copy(tool, "name", function, "name");
            copy(tool, "description", function, "description");
            copy(tool, "input_schema", function, "parameters");
            copy(tool, "strict", function, "strict");
        }
        JsonNode choice = request.path("tool_choice");
        switch (choice.path("type").asText()) {
            case "any" -> body.put("tool_choice", "required");
            case "tool" -> body.putObject("tool_choice").put("type", "function").putObject("function").set("name",
                    choice.path("name"));
            case "" -> {
            }
            default -> body.set("tool_choice", choice.path("type"));
        }
        if (choice.path("disable_parallel_tool_use").asBoolean()) {
            body.put("parallel_tool_calls", false);
        }
        JsonNode schema = request.at("/output_config/format/schema");
        if (schema.isObject()) {
            body.putObject("response_format").put("type", "json_schema").putObject("json_schema").put("name", "answer")
                    .set("schema", schema);
        }
        if (request.at("/output_config/effort").isTextual()) {
            body.set("reasoning_effort", request.at("/output_config/effort"));
        }
        return body;
    }

    private static void add(JsonNode message, ArrayNode messages) {
        ArrayNode content = Recordings.JSON.createArrayNode();
        ArrayNode calls = Recordings.JSON.createArrayNode();
        for (JsonNode block : asBlocks(message.path("content"))) {
            switch (block.path("type").asText()) {
                case "tool_result" -> messages.addObject().put("role", "tool")
                        .put("tool_call_id", block.path("tool_use_id").asText())
                        .set("content", texts(block.path("content")));
                case "tool_use" -> {
                    ObjectNode call = calls.addObject().put("type", "function");
                    copy(block, "id", call, "id");
                    call.putObject("function").put("name", block.path("name").asText()).put("arguments",
                            block.path("input").toString());
                }
                default -> content.add(part(block));
            }
        }
        if (!content.isEmpty() || !calls.isEmpty()) {
            ObjectNode said = messages.addObject();
            said.set("role", message.path("role"));
            said.set("content", content);
            if (!calls.isEmpty()) {
                said.set("tool_calls", calls);
            }
        }
    }

    private static JsonNode part(JsonNode block) {
        ObjectNode part = block.deepCopy();
        JsonNode source = block.path("source");
        String url = source.path("url").asText("data:" + source.path("media_type").asText() + ";base64,"
                + source.path("data").asText());
        switch (block.path("type").asText()) {
            case "image" -> part.put("type", "image_url").putObject("image_url").put("url", url);
            case "document" -> {
                ObjectNode file = part.put("type", "file").putObject("file").put("file_data", url);
                copy(block, "title", file, "filename");
            }
            default -> {
            }
        }
        part.remove(List.of("source", "title"));
        return part;
    }

    private static JsonNode texts(JsonNode content) {
        return content.isTextual() ? content : content.deepCopy();
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (from.has(name)) {
            to.set(as, from.get(name));
        }
    }

    private static JsonNode asBlocks(JsonNode content) {
        if (!content.isTextual()) {
            return content;
        }
        ArrayNode blocks = Recordings.JSON.createArrayNode();
        if (!content.asText().isEmpty()) {
            blocks.addObject().put("type", "text").put("text", content.asText());
        }
        return blocks;
    }

    /** The same request with every liberty of the form taken away: text is a block, and defaults are left out. */
    static JsonNode normal(JsonNode request) {
        ObjectNode normal = request.deepCopy();
        if (normal.has("system")) {
            normal.set("system", asBlocks(normal.path("system")));
        }
        for (JsonNode message : normal.path("messages")) {
            ((ObjectNode) message).set("content", asBlocks(message.path("content")));
            for (JsonNode block : message.path("content")) {
                if (block.has("content")) {
                    ((ObjectNode) block).set("content", asBlocks(block.path("content")));
                }
                ((ObjectNode) block).remove("is_error");
            }
        }
        if (normal.path("tool_choice").toString().equals("{\"type\":\"auto\"}")) {
            normal.remove("tool_choice");
        }
        if (normal.path("temperature").asDouble() == 1) {
            normal.remove("temperature");
        }
        normal.put("stream", request.path("stream").asBoolean());
        for (JsonNode tool : normal.path("tools")) {
            if (!tool.path("input_schema").has("properties")) {
                ((ObjectNode) tool.path("input_schema")).putObject("properties");
            }
        }
        return normal;
    }

    /** The message that a stream's events make up. */
    static ObjectNode fold(List<JsonNode> events) {
        ObjectNode message = Recordings.JSON.createObjectNode();
        var blocks = new TreeMap<Integer, ObjectNode>();
        for (JsonNode event : events) {
            ObjectNode block = blocks.get(event.path("index").asInt());
            switch (event.path("type").asText()) {
                case "message_start" -> message.setAll((ObjectNode) event.path("message"));
                case "content_block_start" ->
                    blocks.put(event.path("index").asInt(), event.path("content_block").deepCopy());
                case "content_block_delta" -> {
                    JsonNode delta = event.path("delta");
                    switch (delta.path("type").asText()) {
                        case "text_delta" -> append(block, "text", delta.path("text"));
                        case "thinking_delta" -> append(block, "thinking", delta.path("thinking"));
                        case "signature_delta" -> append(block, "signature", delta.path("signature"));
                        case "input_json_delta" -> append(block, "partial", delta.path("partial_json"));
                        default -> {
                        }
                    }
                }
                case "message_delta" -> {
                    message.setAll((ObjectNode) event.path("delta"));
                    message.withObjectProperty("usage").setAll((ObjectNode) event.path("usage"));
                }
                default -> {
                }
            }
        }
        ArrayNode content = message.putArray("content");
        blocks.values().forEach(content::add);
        return message;
    }

    private static void append(ObjectNode block, String field, JsonNode more) {
        block.put(field, block.path(field).asText("") + more.asText());
    }

    /** What a message says. */
    static Conversation conversation(JsonNode message) {
        var conversation = new Conversation(new TreeMap<>());
        var choice = new Conversation.Choice();
        conversation.choices().put(0, choice);
        for (JsonNode block : message.path("content")) {
            switch (block.path("type").asText()) {
                case "text" -> choice.content.append(block.path("text").asText());
                case "thinking" -> choice.reasoning.append(block.path("thinking").asText());
                case "tool_use" -> {
                    String partial = block.path("partial").asText("");
                    choice.calls.put(choice.calls.size(), List.of(block.path("id").asText(),
                            block.path("name").asText(), partial.isEmpty() ? block.path("input").toString() : partial));
                }
                default -> {
                }
            }
        }
        choice.finish = switch (message.path("stop_reason").asText()) {
            case "end_turn", "stop_sequence", "pause_turn" -> "stop";
            case "max_tokens", "model_context_window_exceeded" -> "length";
            case "tool_use" -> "tool_calls";
            case "refusal" -> "content_filter";
            default -> message.path("stop_reason").asText();
        };
        return conversation;
    }
}
