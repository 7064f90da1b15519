package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Converse's requests and answers read by plain trees, the other way round from what the dialect does. */
final class BedrockForm {
    private static final Set<String> FIELDS = Set.of("modelId", "messages", "system", "inferenceConfig", "toolConfig",
            "outputConfig", "additionalModelRequestFields");
    private static final Map<String, String> DOCUMENTS = Map.of("pdf", "application/pdf", "txt", "text/plain");

    private BedrockForm() {}

    /** Why no OpenAI client can have asked for this; empty if one can. */
    static Optional<String> inexpressible(JsonNode request) {
        for (var field : request.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                return Optional.of("OpenAI has no " + field.getKey());
            }
        }
        return request.findValue("guardContent") == null
                ? Optional.empty()
                : Optional.of("OpenAI has no guardContent");
    }

    /** The body that an OpenAI client sends to say the same. */
    static ObjectNode asOpenAi(JsonNode request) throws IOException {
        ObjectNode body = Recordings.JSON.createObjectNode();
        ArrayNode messages = body.putArray("messages");
        if (!request.path("system").isEmpty()) {
            messages.addObject().put("role", "system").set("content", parts(request.path("system")));
        }
        for (JsonNode message : request.path("messages")) {
            add(message, messages);
        }
        JsonNode inference = request.path("inferenceConfig");
        copy(inference, "maxTokens", body, "max_tokens");
        copy(inference, "temperature", body, "temperature");
        copy(inference, "topP", body, "top_p");
        copy(inference, "stopSequences", body, "stop");
        for (JsonNode tool : request.at("/toolConfig/tools")) {
            if (tool.has("cachePoint")) {
                JsonNode tools = body.path("tools");
                ((ObjectNode) tools.path(tools.size() - 1)).putObject("cache_control").put("type", "ephemeral");
                continue;
            }
            ObjectNode function = body.withArrayProperty("tools").addObject().put("type", "function")
                    .putObject("function");
            copy(tool.path("toolSpec"), "name", function, "name");
            copy(tool.path("toolSpec"), "description", function, "description");
            copy(tool.at("/toolSpec/inputSchema"), "json", function, "parameters");
        }
        JsonNode choice = request.at("/toolConfig/toolChoice");
        if (choice.has("any")) {
            body.put("tool_choice", "required");
        } else if (choice.has("tool")) {
            body.putObject("tool_choice").put("type", "function").putObject("function").set("name",
                    choice.at("/tool/name"));
        }
        JsonNode schema = request.at("/outputConfig/textFormat/structure/jsonSchema");
        if (schema.isObject()) {
            ObjectNode format = body.putObject("response_format").put("type", "json_schema").putObject("json_schema");
            copy(schema, "name", format, "name");
            format.set("schema", Recordings.JSON.readTree(schema.path("schema").asText()));
        }
        JsonNode additional = request.path("additionalModelRequestFields");
        copy(additional, "reasoning_config", body, "thinking");
        copy(additional, "thinking", body, "thinking");
        copy(additional, "top_k", body, "top_k");
        if (additional.at("/reasoningConfig/maxReasoningEffort").isTextual()) {
            body.set("reasoning_effort", additional.at("/reasoningConfig/maxReasoningEffort"));
        }
        copy(additional, "reasoning_effort", body, "reasoning_effort");
        return body;
    }

    private static void add(JsonNode message, ArrayNode messages) {
        ArrayNode calls = Recordings.JSON.createArrayNode();
        var rest = new ArrayList<JsonNode>();
        for (JsonNode block : message.path("content")) {
            if (block.has("toolResult")) {
                messages.addObject().put("role", "tool")
                        .put("tool_call_id", block.at("/toolResult/toolUseId").asText())
                        .set("content", parts(block.at("/toolResult/content")));
            } else if (block.has("toolUse")) {
                ObjectNode call = calls.addObject().put("type", "function");
                copy(block.path("toolUse"), "toolUseId", call, "id");
                call.putObject("function").put("name", block.at("/toolUse/name").asText()).put("arguments",
                        block.at("/toolUse/input").toString());
            } else {
                rest.add(block);
            }
        }
        if (!rest.isEmpty() || !calls.isEmpty()) {
            ObjectNode said = messages.addObject();
            said.set("role", message.path("role"));
            said.set("content", parts(rest));
            if (!calls.isEmpty()) {
                said.set("tool_calls", calls);
            }
        }
    }

    private static ArrayNode parts(Iterable<JsonNode> blocks) {
        ArrayNode parts = Recordings.JSON.createArrayNode();
        for (JsonNode block : blocks) {
            if (block.has("text")) {
                parts.addObject().put("type", "text").set("text", block.path("text"));
            } else if (block.has("cachePoint")) {
                ((ObjectNode) parts.path(parts.size() - 1)).putObject("cache_control").put("type", "ephemeral");
            } else if (block.has("image")) {
                parts.addObject().put("type", "image_url").putObject("image_url").put("url", "data:image/"
                        + block.at("/image/format").asText() + ";base64," + block.at("/image/source/bytes").asText());
            } else if (block.has("document")) {
                parts.addObject().put("type", "file").putObject("file")
                        .put("filename", block.at("/document/name").asText())
                        .put("file_data", "data:" + DOCUMENTS.get(block.at("/document/format").asText()) + ";base64,"
                                + block.at("/document/source/bytes").asText());
            } else if (block.has("reasoningContent")) {
                JsonNode thought = block.at("/reasoningContent/reasoningText");
                parts.addObject().put("type", "thinking").put("thinking", thought.path("text").asText())
                        .put("signature", thought.path("signature").asText());
            }
        }
        return parts;
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (from.has(name)) {
            to.set(as, from.get(name));
        }
    }

    /** The same request without what says nothing. */
    static JsonNode normal(JsonNode request) throws IOException {
        ObjectNode normal = request.deepCopy();
        normal.remove("modelId");
        for (String field : List.of("system", "inferenceConfig")) {
            if (normal.path(field).isEmpty()) {
                normal.remove(field);
            }
        }
        if (normal.at("/toolConfig/toolChoice/auto").isObject()) {
            ((ObjectNode) normal.path("toolConfig")).remove("toolChoice");
        }
        if (normal.at("/outputConfig/textFormat/structure/jsonSchema") instanceof ObjectNode schema) {
            schema.set("schema", Recordings.JSON.readTree(schema.path("schema").asText()));
        }
        for (JsonNode tool : normal.at("/toolConfig/tools")) {
            if (tool.path("toolSpec") instanceof ObjectNode spec) {
                spec.remove("strict");
            }
        }
        return normal;
    }

    /** The answer that a stream's events make up. */
    static ObjectNode fold(List<Map.Entry<String, JsonNode>> events) {
        ObjectNode answer = Recordings.JSON.createObjectNode();
        var blocks = new TreeMap<Integer, ObjectNode>();
        for (var event : events) {
            JsonNode data = event.getValue();
            ObjectNode block = blocks.computeIfAbsent(data.path("contentBlockIndex").asInt(-1),
                    _ -> Recordings.JSON.createObjectNode());
            switch (event.getKey()) {
                case "contentBlockStart" -> block.setAll((ObjectNode) data.path("start"));
                case "contentBlockDelta" -> {
                    JsonNode delta = data.path("delta");
                    append(block, "text", delta.path("text"));
                    if (delta.has("toolUse")) {
                        append(block.withObjectProperty("toolUse"), "partial", delta.at("/toolUse/input"));
                    }
                    if (delta.has("reasoningContent")) {
                        ObjectNode thought = block.withObjectProperty("reasoningContent")
                                .withObjectProperty("reasoningText");
                        append(thought, "text", delta.at("/reasoningContent/text"));
                        append(thought, "signature", delta.at("/reasoningContent/signature"));
                    }
                }
                case "messageStop" -> answer.set("stopReason", data.path("stopReason"));
                case "metadata" -> answer.set("usage", data.path("usage"));
                default -> {
                }
            }
        }
        blocks.remove(-1);
        ArrayNode content = answer.putObject("output").putObject("message").putArray("content");
        blocks.values().forEach(content::add);
        return answer;
    }

    private static void append(ObjectNode block, String field, JsonNode more) {
        if (more.isTextual()) {
            block.put(field, block.path(field).asText("") + more.asText());
        }
    }

    /** What an answer says. */
    static Conversation conversation(JsonNode answer) {
        var conversation = new Conversation(new TreeMap<>());
        var choice = new Conversation.Choice();
        conversation.choices().put(0, choice);
        for (JsonNode block : answer.at("/output/message/content")) {
            choice.content.append(block.path("text").asText(""));
            choice.reasoning.append(block.at("/reasoningContent/reasoningText/text").asText(""));
            JsonNode call = block.path("toolUse");
            if (call.isObject()) {
                String partial = call.path("partial").asText("");
                String input = call.has("input") ? call.path("input").toString() : "{}";
                choice.calls.put(choice.calls.size(), List.of(call.path("toolUseId").asText(),
                        call.path("name").asText(), partial.isEmpty() ? input : partial));
            }
        }
        choice.finish = switch (answer.path("stopReason").asText()) {
            case "end_turn", "stop_sequence" -> "stop";
            case "max_tokens", "model_context_window_exceeded" -> "length";
            case "tool_use" -> "tool_calls";
            case "content_filtered", "guardrail_intervened" -> "content_filter";
            default -> answer.path("stopReason").asText();
        };
        return conversation;
    }
}
