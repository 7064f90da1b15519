package dev.penstock.ingress.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Turns a body of {@link ResponsesShape} into a chat-completions request, and keeps what the response repeats of it. */
final class ResponsesToChat {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ResponsesToChat() {}

    static Inbound read(JsonNode body) {
        ApiError refusal = refusal(body);
        if (refusal != null) {
            return new Inbound.Invalid(refusal);
        }
        return body.hasNonNull("previous_response_id")
                ? new Inbound.Continued(body.path("previous_response_id").asText(), body)
                : inbound(body, input(body));
    }

    /** The request with other items before its own. */
    static Inbound continued(JsonNode body, JsonNode before) {
        return inbound(body, NODES.arrayNode().addAll((ArrayNode) before).addAll(input(body)));
    }

    private static Inbound inbound(JsonNode body, ArrayNode input) {
        boolean background = body.path("background").asBoolean();
        boolean store = background || body.path("store").asBoolean();
        return Inbound.chat(Trees.bytes(chat(body, input)), new Framing(Format.RESPONSES,
                ByteBuffer.wrap(Trees.bytes(echo(body, store))), store, background,
                store ? ByteBuffer.wrap(Trees.bytes(input)) : null));
    }

    /** All of the input as items. */
    private static ArrayNode input(JsonNode body) {
        JsonNode input = body.path("input");
        if (input instanceof ArrayNode items) {
            return items;
        }
        ObjectNode message = NODES.objectNode().put("type", "message").put("role", "user");
        message.putArray("content").addObject().put("type", "input_text").set("text", input);
        return NODES.arrayNode().add(message);
    }

    private static @Nullable ApiError refusal(JsonNode body) {
        if (body.path("background").asBoolean() && body.path("store").isBoolean()
                && !body.path("store").asBoolean()) {
            return Refusals.invalidParameter("store", "must not be false where 'background' is true");
        }
        if (body.has("conversation")) {
            return Refusals.unsupported("conversation", "conversations are not kept here");
        }
        if (body.has("prompt")) {
            return Refusals.unsupported("prompt", "prompts are not kept here");
        }
        for (JsonNode included : body.path("include")) {
            if (included.asText().equals("message.output_text.logprobs")) {
                return Refusals.unsupported("include", "log probabilities are to be had from /v1/chat/completions");
            }
        }
        return null;
    }

    private static ObjectNode chat(JsonNode body, ArrayNode input) {
        ObjectNode chat = NODES.objectNode();
        chat.set("model", body.get("model"));
        chat.set("messages", messages(body, input));
        Trees.copy(body, chat, "stream", "temperature", "top_p", "metadata", "service_tier", "user",
                "safety_identifier", "prompt_cache_key", "prompt_cache_retention");
        Trees.copy(body, "max_output_tokens", chat, "max_completion_tokens");
        Trees.copy(body.path("reasoning"), "effort", chat, "reasoning_effort");
        Trees.copy(body.path("text"), chat, "verbosity");
        JsonNode format = body.path("text").path("format");
        if (format.path("type").asText().equals("json_schema")) {
            ObjectNode schema = chat.putObject("response_format").put("type", "json_schema").putObject("json_schema");
            Trees.copy(format, schema, "name", "description", "schema", "strict");
        } else if (format.path("type").asText().equals("json_object")) {
            chat.putObject("response_format").put("type", "json_object");
        }
        if (!body.path("tools").isEmpty()) {
            ArrayNode tools = chat.putArray("tools");
            for (JsonNode tool : body.path("tools")) {
                if (tool.path("type").asText().equals("namespace")) {
                    tool.path("tools").forEach(member -> function(member, tool.path("name").asText(), tools));
                } else {
                    function(tool, "", tools);
                }
            }
            Trees.copy(body, chat, "parallel_tool_calls");
            toolChoice(body.path("tool_choice"), chat);
        }
        return chat;
    }

    private static void function(JsonNode tool, String namespace, ArrayNode tools) {
        ObjectNode function = tools.addObject().put("type", "function").putObject("function");
        function.put("name", inNamespace(namespace, tool.path("name").asText()));
        Trees.copy(tool, function, "description", "parameters", "strict");
    }

    /** A function's name where there are no namespaces; the dispatcher's ResponseJson takes it apart again. */
    private static String inNamespace(String namespace, String name) {
        return namespace.isEmpty() ? name : namespace + "__" + name;
    }

    private static void toolChoice(JsonNode choice, ObjectNode chat) {
        if (choice.isTextual()) {
            chat.set("tool_choice", choice);
        } else if (choice.path("type").asText().equals("function")) {
            chat.putObject("tool_choice").put("type", "function").putObject("function").set("name", choice.get("name"));
        } else if (choice.isObject()) {
            ObjectNode allowed = chat.putObject("tool_choice").put("type", "allowed_tools").putObject("allowed_tools");
            allowed.set("mode", choice.get("mode"));
            ArrayNode tools = allowed.putArray("tools");
            choice.path("tools").forEach(tool -> tools.addObject().put("type", "function").putObject("function")
                    .set("name", tool.get("name")));
        }
    }

    private static ArrayNode messages(JsonNode body, ArrayNode input) {
        var conversation = new Conversation();
        if (body.has("instructions")) {
            conversation.system(NODES.arrayNode().add(Conversation.text(body.path("instructions").asText())));
        }
        for (JsonNode item : input) {
            switch (item.path("type").asText("message")) {
                case "function_call" -> conversation.called(item.path("call_id").asText(),
                        inNamespace(item.path("namespace").asText(""), item.path("name").asText()),
                        item.path("arguments").asText());
                case "function_call_output" -> conversation.toolResult(item.path("call_id").asText(),
                        parts(item.path("output")));
                case "reasoning" -> reasoning(item, conversation);
                default -> message(item, conversation);
            }
        }
        return conversation.messages();
    }

    private static void message(JsonNode item, Conversation conversation) {
        JsonNode content = item.path("content");
        switch (item.path("role").asText()) {
            case "user" -> conversation.user(parts(content));
            case "assistant" -> {
                ArrayNode said = parts(content);
                if (!said.isEmpty()) {
                    conversation.said(said);
                }
                content.forEach(part -> {
                    if (part.has("refusal")) {
                        conversation.refused(part.path("refusal").asText());
                    }
                });
            }
            default -> conversation.system(parts(content));
        }
    }

    /** The state of reasoning is what the dispatcher's ResponseJson wrote; another's means nothing here, and its text has to do. */
    private static void reasoning(JsonNode item, Conversation conversation) {
        var text = new StringBuilder();
        JsonNode said = item.path("content").isEmpty() ? item.path("summary") : item.path("content");
        said.forEach(part -> text.append(part.path("text").asText()));
        String state = item.path("encrypted_content").asText("");
        int dot = state.indexOf('.');
        String rest = state.substring(dot + 1);
        switch (state.substring(0, Math.max(0, dot))) {
            case "signature" -> conversation.thought(text.toString(), rest);
            case "redacted" -> conversation.thoughtInSecret(rest);
            default -> conversation.thought(text.toString(), "");
        }
    }

    private static ArrayNode parts(JsonNode content) {
        ArrayNode parts = NODES.arrayNode();
        if (content.isTextual()) {
            parts.add(Conversation.text(content.textValue()));
        }
        for (JsonNode part : content) {
            switch (part.path("type").asText()) {
                case "input_text", "output_text" -> parts.add(Conversation.text(part.path("text").asText()));
                case "input_image" -> image(part, parts);
                case "input_file" -> {
                    ObjectNode file = parts.addObject().put("type", "file").putObject("file");
                    Trees.copy(part, file, "filename", "file_data", "file_id");
                    Trees.copy(part, "file_url", file, "file_data");
                }
                default -> {
                } // a refusal is not of the content in chat completions
            }
        }
        return parts;
    }

    /** An image by the id of a file is a file there. */
    private static void image(JsonNode part, ArrayNode parts) {
        if (part.hasNonNull("image_url")) {
            String detail = part.path("detail").asText("auto");
            parts.add(Conversation.image(part.path("image_url").asText(), detail.equals("original") ? "high" : detail));
        } else {
            Trees.copy(part, parts.addObject().put("type", "file").putObject("file"), "file_id");
        }
    }

    /** What a response object says of its request; the dispatcher adds the rest. */
    private static ObjectNode echo(JsonNode body, boolean store) {
        ObjectNode echo = NODES.objectNode();
        echo.put("parallel_tool_calls", body.path("parallel_tool_calls").asBoolean(true));
        echo.put("background", body.path("background").asBoolean());
        echo.put("store", store);
        echo.put("truncation", body.path("truncation").asText("disabled"));
        echo.put("top_logprobs", body.path("top_logprobs").asInt(0));
        for (String nullable : new String[]{"instructions", "previous_response_id", "max_output_tokens",
                "max_tool_calls", "user", "safety_identifier", "prompt_cache_key"}) {
            echo.set(nullable, body.hasNonNull(nullable) ? body.get(nullable) : NODES.nullNode());
        }
        for (String sampling : new String[]{"temperature", "top_p"}) {
            echo.set(sampling, body.hasNonNull(sampling) ? body.get(sampling) : NODES.numberNode(BigDecimal.ONE));
        }
        echo.set("metadata", body.has("metadata") ? body.get("metadata") : NODES.objectNode());
        echo.set("tool_choice", body.has("tool_choice") ? body.get("tool_choice") : NODES.textNode("auto"));
        echo.set("tools", tools(body.path("tools")));
        ObjectNode text = body.path("text") instanceof ObjectNode given ? given.deepCopy() : NODES.objectNode();
        if (!text.has("format")) {
            text.putObject("format").put("type", "text");
        }
        echo.set("text", text);
        ObjectNode reasoning = echo.putObject("reasoning").putNull("effort").putNull("summary");
        Trees.copy(body.path("reasoning"), reasoning, "effort", "summary");
        return echo;
    }

    private static ArrayNode tools(JsonNode given) {
        ArrayNode tools = NODES.arrayNode();
        for (JsonNode tool : given) {
            ObjectNode full = tools.addObject();
            Trees.copy(tool, full, "type", "name", "description");
            if (tool.has("tools")) {
                full.set("tools", tools(tool.path("tools")));
            } else {
                full.set("parameters", tool.has("parameters") ? tool.get("parameters") : NODES.nullNode());
                full.put("strict", tool.path("strict").asBoolean());
            }
        }
        return tools;
    }
}
