package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Prompt.Part;
import dev.penstock.dispatcher.provider.Prompt.Source;
import dev.penstock.dispatcher.provider.Prompt.Turn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a prompt as the {@code system} and {@code messages} of Anthropic's Messages API. */
final class AnthropicMessages {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Gaps gaps;
    private final boolean withThoughts;

    /** @param withThoughts whether the model is to be given its thoughts of earlier turns */
    AnthropicMessages(boolean withThoughts, Gaps gaps) {
        this.withThoughts = withThoughts;
        this.gaps = gaps;
    }

    static void writeTexts(List<Part.Text> texts, ArrayNode blocks) {
        for (Part.Text text : texts) {
            mark(blocks.addObject().put("type", "text").put("text", text.text()), text);
        }
    }

    void write(Prompt prompt, ArrayNode messages) {
        if (!prompt.turns().isEmpty() && prompt.turns().getFirst().assistant()) {
            // The user has to begin. As LiteLLM does; the greeting of an assistant is no fault of the caller.
            messages.addObject().put("role", "user").putArray("content").addObject().put("type", "text").put("text",
                    ".");
        }
        for (Turn turn : prompt.turns()) {
            ArrayNode blocks = messages.addObject().put("role", turn.assistant() ? "assistant" : "user")
                    .putArray("content");
            turn.replay(withThoughts ? CarriedState.ANTHROPIC : null, thoughts -> addThoughts(thoughts, blocks),
                    part -> write(part, blocks));
        }
        trimEnd(messages);
    }

    /** What a client has carried is a client's: blocks of thought are taken from it and nothing else. */
    private static void addThoughts(byte[] thoughts, ArrayNode blocks) {
        try {
            for (JsonNode block : JSON.readTree(thoughts)) {
                switch (block.path("type").asText("")) {
                    case "thinking" -> blocks.addObject().put("type", "thinking")
                            .put("thinking", block.path("thinking").asText(""))
                            .put("signature", block.path("signature").asText(""));
                    case "redacted_thinking" ->
                        blocks.addObject().put("type", "redacted_thinking").put("data", block.path("data").asText(""));
                    default -> {
                    }
                }
            }
        } catch (IOException _) {
            // No thoughts, then.
        }
    }

    private void write(Part part, ArrayNode blocks) {
        switch (part) {
            case Part.Text text -> mark(blocks.addObject().put("type", "text").put("text", text.text()), text);
            case Part.Picture picture -> {
                ObjectNode block = mark(blocks.addObject().put("type", "image"), picture);
                switch (picture.source()) {
                    case Source.Data(String type, String data) ->
                        block.putObject("source").put("type", "base64")
                                .put("media_type", type.equals("image/jpg") ? "image/jpeg" : type).put("data", data);
                    case Source.Url(String url) -> block.putObject("source").put("type", "url").put("url", url);
                }
            }
            case Part.Document document -> {
                ObjectNode block = mark(blocks.addObject().put("type", "document"), document);
                block.set("source", source(document.source()));
                if (document.name() != null) {
                    block.put("title", document.name());
                }
            }
            case Part.Call call -> blocks.addObject().put("type", "tool_use").put("id", CarriedState.strip(call.id()))
                    .put("name", call.name()).set("input", call.arguments());
            case Part.Result result -> {
                ObjectNode block = mark(blocks.addObject().put("type", "tool_result").put("tool_use_id",
                        CarriedState.strip(result.callId())), result);
                ArrayNode content = block.putArray("content");
                result.content().forEach(text -> content.addObject().put("type", "text").put("text", text.text()));
            }
            case Part.Thought(String text, String signature, String secret) -> {
                if (withThoughts) {
                    ObjectNode block = blocks.addObject();
                    if (secret == null) {
                        block.put("type", "thinking").put("thinking", text).put("signature", signature);
                    } else {
                        block.put("type", "redacted_thinking").put("data", secret);
                    }
                }
            }
        }
    }

    private ObjectNode source(Source source) {
        ObjectNode json = JSON.createObjectNode();
        switch (source) {
            case Source.Url(String url) -> json.put("type", "url").put("url", url);
            case Source.Data(String type, String data) -> {
                String text = type.startsWith("text/") ? text(data) : null;
                if (type.equals("application/pdf")) {
                    json.put("type", "base64").put("media_type", type).put("data", data);
                } else if (text != null) {
                    json.put("type", "text").put("media_type", "text/plain").put("data", text);
                } else {
                    gaps.note("messages");
                }
            }
        }
        return json;
    }

    private static @Nullable String text(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static ObjectNode mark(ObjectNode block, Part part) {
        if (part.cacheControl() != null) {
            block.set("cache_control", part.cacheControl());
        }
        return block;
    }

    /** An answer that is to be continued must not end in white space. */
    private static void trimEnd(ArrayNode messages) {
        JsonNode last = messages.path(messages.size() - 1);
        if (last.path("role").asText("").equals("assistant")) {
            JsonNode blocks = last.path("content");
            if (blocks.path(blocks.size() - 1) instanceof ObjectNode block && block.has("text")) {
                block.put("text", block.path("text").asText("").stripTrailing());
            }
        }
    }

    /** Blocks of thought as they are carried. */
    static byte[] carry(ArrayNode thoughts) {
        try {
            return JSON.writeValueAsBytes(thoughts);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
