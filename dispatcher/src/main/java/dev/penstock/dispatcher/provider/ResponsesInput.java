package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Writes the messages of a request as items of OpenAI's Responses API, in their order. The reasoning that led to a call
 * comes before it: it is in the id of the call ({@link CarriedState#OPENAI}), or where that has none in the open, as
 * {@code reasoning_details} in OpenRouter's form. Items have no ids: what nobody has kept cannot be referred to.
 *
 * @see <a href="https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items">Encrypted reasoning</a>
 */
final class ResponsesInput {
    /** As OpenRouter names the form of reasoning that only OpenAI can read. */
    static final String FORMAT = "openai-responses-v1";

    private static final int LONGEST_ID = 64;
    private static final Pattern ENCRYPTED = Pattern.compile("[A-Za-z0-9_+/=-]+");
    /** What Fernet's tokens begin with, as which OpenAI encrypts. */
    private static final String FERNET = "gAAAA";

    private final Gaps gaps;

    ResponsesInput(Gaps gaps) {
        this.gaps = gaps;
    }

    void write(JsonNode messages, ArrayNode items) {
        for (int i = 0; i < messages.size(); i++) {
            write(messages.path(i), "messages[" + i + "]", items);
        }
    }

    private void write(JsonNode message, String at, ArrayNode items) {
        String role = message.path("role").asText("");
        if (message.hasNonNull("name")) {
            gaps.drop("messages[].name");
        }
        switch (role) {
            case "system", "developer", "user" -> parts(message.path("content"), at + ".content",
                    items.addObject().put("role", role).putArray("content"));
            case "assistant" -> assistant(message, at, items);
            case "tool" -> items.addObject().put("type", "function_call_output")
                    .put("call_id", id(message.path("tool_call_id").asText("")))
                    .put("output", Translation.text(message.path("content")));
            default -> gaps.note(at + ".role");
        }
    }

    private void parts(JsonNode content, String at, ArrayNode parts) {
        if (content.isTextual()) {
            parts.addObject().put("type", "input_text").put("text", content.textValue());
        }
        for (int i = 0; content.isArray() && i < content.size(); i++) {
            part(content.path(i), at + "[" + i + "]", parts);
        }
    }

    private void part(JsonNode part, String at, ArrayNode parts) {
        switch (part.path("type").asText("")) {
            case "text" -> parts.addObject().put("type", "input_text").put("text", part.path("text").asText(""));
            case "image_url" -> {
                JsonNode image = part.path("image_url");
                parts.addObject().put("type", "input_image").put("detail", image.path("detail").asText("auto"))
                        .set("image_url", image.isTextual() ? image : image.path("url"));
            }
            case "file" -> {
                ObjectNode file = parts.addObject().put("type", "input_file");
                String data = part.path("file").path("file_data").asText("");
                if (data.startsWith("https://") || data.startsWith("http://")) {
                    file.put("file_url", data);
                } else {
                    file.setAll((ObjectNode) part.path("file"));
                }
            }
            default -> gaps.note(at + ".type");
        }
    }

    private void assistant(JsonNode message, String at, ArrayNode items) {
        JsonNode calls = message.path("tool_calls");
        boolean carried = calls.valueStream().anyMatch(call -> !thoughts(call).isEmpty());
        if (carried) {
            reason(thoughts(calls.path(0)), items);
        } else {
            reason(thoughtsInTheOpen(message), items);
        }
        said(message, items);
        for (int i = 0; i < calls.size(); i++) {
            if (i > 0) {
                reason(thoughts(calls.path(i)), items);
            }
            JsonNode function = calls.path(i).path("function");
            if (function.isObject()) {
                items.addObject().put("type", "function_call").put("call_id", id(calls.path(i).path("id").asText("")))
                        .put("name", function.path("name").asText(""))
                        .put("arguments", function.path("arguments").asText(""));
            } else {
                gaps.note(at + ".tool_calls[" + i + "].type");
            }
        }
        for (String unsaid : List.of("function_call", "audio")) {
            if (message.hasNonNull(unsaid)) {
                gaps.note(at + "." + unsaid);
            }
        }
    }

    /** As a plain text: a message in parts would need the id that it had where it was made. A refusal is a text like others. */
    private static void said(JsonNode message, ArrayNode items) {
        var said = new StringBuilder();
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            said.append(content.textValue());
        }
        for (JsonNode part : content) {
            said.append(part.path("text").asText("")).append(part.path("refusal").asText(""));
        }
        said.append(message.path("refusal").asText(""));
        if (!said.isEmpty()) {
            items.addObject().put("role", "assistant").put("content", said.toString());
        }
    }

    private static void reason(List<String> thoughts, ArrayNode items) {
        thoughts.forEach(thought -> items.addObject().put("type", "reasoning").put("encrypted_content", thought)
                .putArray("summary"));
    }

    /** What a client has carried is a client's: nothing is taken from it that is no text of this kind. */
    private static List<String> thoughts(JsonNode call) {
        byte[] state = CarriedState.OPENAI.read(call.path("id").asText(""));
        return state == null
                ? List.of()
                : new String(state, StandardCharsets.ISO_8859_1).lines()
                        .filter(thought -> ENCRYPTED.matcher(thought).matches()).toList();
    }

    /** The thoughts of one turn, to be carried. */
    static byte[] carry(List<String> thoughts) {
        return String.join("\n", thoughts).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A client that does not say whose they are, as those of other APIs, may be giving back another provider's. */
    private static List<String> thoughtsInTheOpen(JsonNode message) {
        var thoughts = new ArrayList<String>();
        for (JsonNode detail : message.path("reasoning_details")) {
            String data = detail.path("data").asText("");
            boolean openAis = detail.has("format")
                    ? detail.path("format").asText("").equals(FORMAT)
                    : data.startsWith(FERNET);
            if (openAis && ENCRYPTED.matcher(data).matches()) {
                thoughts.add(data);
            }
        }
        return thoughts;
    }

    /** The provider's own id, or, of another provider's that is too long, one that depends on it alone. */
    private static String id(String given) {
        String own = CarriedState.strip(given);
        return own.length() <= LONGEST_ID
                ? own
                : "call_" + UUID.nameUUIDFromBytes(own.getBytes(StandardCharsets.UTF_8));
    }
}
