package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Prompt.Part;
import dev.penstock.dispatcher.provider.Prompt.Source;
import dev.penstock.dispatcher.provider.Prompt.Turn;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a prompt as the {@code system} and {@code messages} of Bedrock's Converse. */
final class BedrockMessages {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** By media type; anything else is refused by name. */
    private static final Map<String, String> DOCUMENTS = Map.of("application/pdf", "pdf", "text/csv", "csv",
            "application/msword", "doc", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx", "application/vnd.ms-excel", "xls",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "text/html", "html",
            "text/plain", "txt", "text/markdown", "md");

    private final boolean withThoughts;
    private final Gaps gaps;
    private int documents;

    /** @param withThoughts whether the model is to be given its thoughts of earlier turns */
    BedrockMessages(boolean withThoughts, Gaps gaps) {
        this.withThoughts = withThoughts;
        this.gaps = gaps;
    }

    void write(Prompt prompt, ArrayNode messages) {
        if (!prompt.turns().isEmpty() && prompt.turns().getFirst().assistant()) {
            messages.addObject().put("role", "user").putArray("content").addObject().put("text", "."); // has to begin
        }
        for (Turn turn : prompt.turns()) {
            ArrayNode content = messages.addObject().put("role", turn.assistant() ? "assistant" : "user")
                    .putArray("content");
            turn.replay(withThoughts ? CarriedState.BEDROCK : null, thoughts -> add(thoughts, content),
                    part -> write(part, content));
        }
    }

    private static void add(byte[] thoughts, ArrayNode content) {
        try {
            for (JsonNode block : JSON.readTree(thoughts)) {
                if (block.path("type").asText("").equals("thinking")) {
                    thought(block.path("thinking").asText(""), block.path("signature").asText(""), null, content);
                } else {
                    thought("", "", block.path("data").asText(""), content);
                }
            }
        } catch (IOException _) {
            // No thoughts, then.
        }
    }

    private static void thought(String text, String signature, @Nullable String secret, ArrayNode content) {
        ObjectNode block = content.addObject().putObject("reasoningContent");
        if (secret == null) {
            block.putObject("reasoningText").put("text", text).put("signature", signature);
        } else {
            block.put("redactedContent", secret);
        }
    }

    void write(Part part, ArrayNode content) {
        switch (part) {
            case Part.Text text -> content.addObject().put("text", text.text());
            case Part.Picture picture -> {
                ObjectNode image = content.addObject().putObject("image");
                switch (picture.source()) {
                    case Source.Data(String type, String data) ->
                        image.put("format", type.substring("image/".length()).replace("jpg", "jpeg"))
                                .putObject("source").put("bytes", data);
                    case Source.Url _ -> gaps.note("messages");
                }
            }
            case Part.Document document -> {
                String format = document.source() instanceof Source.Data(String type, _)
                        ? DOCUMENTS.get(type)
                        : null;
                if (format != null && document.source() instanceof Source.Data(_, String data)) {
                    content.addObject().putObject("document").put("format", format).put("name", name(document.name()))
                            .putObject("source").put("bytes", data);
                } else {
                    gaps.note("messages");
                }
            }
            case Part.Call call -> content.addObject().putObject("toolUse").put("toolUseId",
                    CarriedState.strip(call.id())).put("name", call.name()).set("input", call.arguments());
            case Part.Result result -> {
                ArrayNode said = content.addObject().putObject("toolResult")
                        .put("toolUseId", CarriedState.strip(result.callId())).putArray("content");
                result.content().forEach(text -> said.addObject().put("text", text.text()));
                if (said.isEmpty()) {
                    said.addObject().put("text", " "); // nothing at all is refused
                }
            }
            case Part.Thought(String text, String signature, String secret) -> {
                if (withThoughts) {
                    thought(text, signature, secret, content);
                }
            }
        }
        mark(part.cacheControl(), content);
    }

    /** Where Anthropic marks a block, Bedrock has a block of its own behind it. */
    static void mark(@Nullable JsonNode cacheControl, ArrayNode blocks) {
        if (cacheControl != null) {
            ObjectNode point = blocks.addObject().putObject("cachePoint").put("type", "default");
            if (cacheControl.path("ttl").isTextual()) {
                point.set("ttl", cacheControl.path("ttl"));
            }
        }
    }

    /** Letters, digits, single spaces, hyphens and brackets are all that a name may have, and it must have one. */
    private String name(@Nullable String given) {
        documents++;
        String name = given == null
                ? ""
                : given.replaceFirst("\\.[^.]{1,8}$", "").replaceAll("[^A-Za-z0-9 ()\\[\\]-]", "-")
                        .replaceAll(" +", " ").strip();
        return name.isEmpty() ? "Document " + documents : name;
    }

}
