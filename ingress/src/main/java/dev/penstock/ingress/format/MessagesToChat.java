package dev.penstock.ingress.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Turns a body of {@link MessagesShape} into a chat-completions request. Anthropic's {@code cache_control},
 * {@code thinking} and {@code top_k} are carried as they are: a provider that knows them gets them back so.
 * {@code is_error} of a tool's result has no place there; the result says it in its own words.
 */
final class MessagesToChat {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private MessagesToChat() {}

    static ObjectNode chat(JsonNode body) {
        ObjectNode chat = NODES.objectNode();
        chat.set("model", body.get("model"));
        chat.set("messages", messages(body));
        Trees.copy(body, chat, "stream", "temperature", "top_p", "top_k", "thinking");
        Trees.copy(body, "max_tokens", chat, "max_completion_tokens");
        Trees.copy(body.path("metadata"), "user_id", chat, "user");
        Trees.copy(body.path("output_config"), "effort", chat, "reasoning_effort");
        if (!body.path("stop_sequences").isEmpty()) {
            chat.set("stop", body.get("stop_sequences"));
        }
        if (body.path("output_config").hasNonNull("format")) {
            ObjectNode schema = chat.putObject("response_format").put("type", "json_schema").putObject("json_schema");
            schema.put("name", "output").put("strict", true).set("schema",
                    body.path("output_config").path("format").path("schema"));
        }
        tools(body, chat);
        return chat;
    }

    private static void tools(JsonNode body, ObjectNode chat) {
        if (body.path("tools").isEmpty()) {
            return;
        }
        ArrayNode tools = chat.putArray("tools");
        for (JsonNode tool : body.path("tools")) {
            ObjectNode made = tools.addObject().put("type", "function");
            ObjectNode function = made.putObject("function");
            Trees.copy(tool, function, "name", "description", "strict");
            Trees.copy(tool, "input_schema", function, "parameters");
            Trees.copy(tool, made, "cache_control");
        }
        JsonNode choice = body.path("tool_choice");
        switch (choice.path("type").asText()) {
            case "auto", "none" -> chat.set("tool_choice", choice.get("type"));
            case "any" -> chat.put("tool_choice", "required");
            case "tool" -> chat.putObject("tool_choice").put("type", "function").putObject("function")
                    .set("name", choice.get("name"));
            default -> {
            }
        }
        if (choice.path("disable_parallel_tool_use").asBoolean()) {
            chat.put("parallel_tool_calls", false);
        }
    }

    private static ArrayNode messages(JsonNode body) {
        var conversation = new Conversation();
        if (body.has("system")) {
            conversation.system(parts(body.get("system")));
        }
        for (JsonNode message : body.path("messages")) {
            JsonNode content = message.path("content");
            switch (message.path("role").asText()) {
                case "user" -> user(content, conversation);
                case "assistant" -> assistant(content, conversation);
                default -> conversation.system(parts(content));
            }
        }
        return conversation.messages();
    }

    private static void user(JsonNode content, Conversation conversation) {
        ArrayNode said = NODES.arrayNode();
        if (content.isTextual()) {
            said.add(Conversation.text(content.textValue()));
        }
        for (JsonNode block : content) {
            if (block.path("type").asText().equals("tool_result")) {
                conversation.toolResult(block.path("tool_use_id").asText(), parts(block.path("content")));
            } else {
                said.addAll(parts(NODES.arrayNode().add(block)));
            }
        }
        conversation.user(said);
    }

    private static void assistant(JsonNode content, Conversation conversation) {
        conversation.endTurn();
        ArrayNode said = NODES.arrayNode();
        if (content.isTextual()) {
            said.add(Conversation.text(content.textValue()));
        }
        for (JsonNode block : content) {
            switch (block.path("type").asText()) {
                case "thinking" -> conversation.thought(block.path("thinking").asText(),
                        block.path("signature").asText());
                case "redacted_thinking" -> conversation.thoughtInSecret(block.path("data").asText());
                case "tool_use" -> conversation.called(block.path("id").asText(), block.path("name").asText(),
                        block.path("input").toString());
                default -> said.addAll(parts(NODES.arrayNode().add(block)));
            }
        }
        if (!said.isEmpty()) {
            conversation.said(said);
        }
    }

    /** The parts of a content that is text or blocks. */
    private static ArrayNode parts(JsonNode content) {
        ArrayNode parts = NODES.arrayNode();
        if (content.isTextual()) {
            parts.add(Conversation.text(content.textValue()));
        }
        for (JsonNode block : content) {
            int before = parts.size();
            switch (block.path("type").asText()) {
                case "text" -> {
                    if (!block.path("text").asText().isEmpty()) {
                        parts.add(Conversation.text(block.path("text").asText()));
                    }
                }
                case "image" -> parts.add(Conversation.image(url(block.path("source")), null));
                default -> document(block, parts);
            }
            if (parts.size() > before) {
                Trees.copy(block, (ObjectNode) parts.get(parts.size() - 1), "cache_control");
            }
        }
        return parts;
    }

    private static void document(JsonNode block, ArrayNode parts) {
        JsonNode source = block.path("source");
        String title = block.path("title").asText("");
        String context = block.path("context").asText("");
        if (!context.isEmpty()) {
            parts.add(Conversation.text(context));
        }
        switch (source.path("type").asText()) {
            case "text" -> parts.add(Conversation.text(title.isEmpty()
                    ? source.path("data").asText()
                    : title + "\n\n" + source.path("data").asText()));
            case "content" -> parts.addAll(parts(source.path("content")));
            default -> parts.addObject().put("type", "file").putObject("file")
                    .put("filename", title.isEmpty() ? "document.pdf" : title).put("file_data", url(source));
        }
    }

    private static String url(JsonNode source) {
        return source.has("url")
                ? source.path("url").asText()
                : "data:" + source.path("media_type").asText() + ";base64," + source.path("data").asText();
    }
}
