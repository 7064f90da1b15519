package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.penstock.dispatcher.provider.Prompt.Part;
import dev.penstock.dispatcher.provider.Prompt.Source;
import dev.penstock.dispatcher.provider.Prompt.Turn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the {@code messages} of a request. What only OpenAI's dialect can say is noted, by its place. */
final class PromptReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode EPHEMERAL = JsonNodeFactory.instance.objectNode().put("type", "ephemeral");

    private final List<Part.Text> system = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private final Gaps gaps;

    private PromptReader(Gaps gaps) {
        this.gaps = gaps;
    }

    static Prompt read(JsonNode messages, Gaps gaps) {
        var reader = new PromptReader(gaps);
        for (int i = 0; i < messages.size(); i++) {
            reader.message(messages.path(i), "messages[" + i + "]");
        }
        return new Prompt(reader.system, reader.turns);
    }

    private void message(JsonNode message, String at) {
        String content = at + ".content";
        if (message.hasNonNull("name")) {
            gaps.drop("messages[].name");
        }
        var parts = new ArrayList<Part>();
        switch (message.path("role").asText("")) {
            case "system", "developer" -> texts(message, content, system);
            case "user" -> {
                parts(message.path("content"), content, parts);
                mark(parts, cacheControl(message));
                add(false, parts);
            }
            case "assistant" -> {
                assistant(message, at, parts);
                add(true, parts);
            }
            case "tool" -> {
                var result = new ArrayList<Part.Text>();
                texts(message, content, result);
                JsonNode cacheControl = cacheControl(message);
                if (cacheControl == null && !result.isEmpty()) {
                    cacheControl = result.getLast().cacheControl();
                }
                add(false, List.of(new Part.Result(message.path("tool_call_id").asText(""), result, cacheControl)));
            }
            default -> gaps.note(at + ".role");
        }
    }

    private void texts(JsonNode message, String at, List<Part.Text> texts) {
        var parts = new ArrayList<Part>();
        parts(message.path("content"), at, parts);
        mark(parts, cacheControl(message));
        for (Part part : parts) {
            if (part instanceof Part.Text text) {
                texts.add(text);
            }
        }
    }

    private void assistant(JsonNode message, String at, List<Part> parts) {
        for (JsonNode detail : message.path("reasoning_details")) {
            thought(detail, parts);
        }
        parts(message.path("content"), at + ".content", parts);
        text(message.path("refusal").asText(""), null, parts);
        mark(parts, cacheControl(message));
        for (int i = 0; i < message.path("tool_calls").size(); i++) {
            call(message.path("tool_calls").path(i), at + ".tool_calls[" + i + "]", parts);
        }
        if (message.hasNonNull("function_call")) {
            gaps.note(at + ".function_call");
        }
        if (message.hasNonNull("audio")) {
            gaps.note(at + ".audio");
        }
    }

    private void add(boolean assistant, List<Part> parts) {
        if (parts.isEmpty()) {
            return;
        }
        if (turns.isEmpty() || turns.getLast().assistant() != assistant) {
            turns.add(new Turn(assistant, new ArrayList<>()));
        }
        List<Part> turn = turns.getLast().parts();
        turn.addAll(parts);
        if (!assistant) {
            turn.sort((a, b) -> Boolean.compare(b instanceof Part.Result, a instanceof Part.Result));
        }
    }

    private void parts(JsonNode content, String at, List<Part> parts) {
        if (content.isTextual()) {
            text(content.textValue(), null, parts);
        }
        for (int i = 0; content.isArray() && i < content.size(); i++) {
            part(content.path(i), at + "[" + i + "]", parts);
        }
    }

    private void part(JsonNode part, String at, List<Part> parts) {
        JsonNode cacheControl = cacheControl(part);
        switch (part.path("type").asText("")) {
            case "text" -> text(part.path("text").asText(""), cacheControl, parts);
            case "refusal" -> text(part.path("refusal").asText(""), cacheControl, parts);
            case "image_url" -> {
                JsonNode image = part.path("image_url");
                Source source = source(image.isTextual() ? image.asText("") : image.path("url").asText(""));
                if (source == null || source instanceof Source.Data(String type, _) && !type.startsWith("image/")) {
                    gaps.note(at + ".image_url");
                } else {
                    parts.add(new Part.Picture(source, cacheControl));
                }
            }
            case "file" -> file(part.path("file"), at + ".file", cacheControl, parts);
            case "thinking" -> {
                // Without a signature, or in another provider's form, it is of no use to anybody else.
                if (part.path("thinking").isTextual() && !part.path("signature").asText("").isEmpty()) {
                    parts.add(new Part.Thought(part.path("thinking").asText(""), part.path("signature").asText(""),
                            null));
                }
            }
            default -> gaps.note(at + ".type");
        }
    }

    private void file(JsonNode file, String at, @Nullable JsonNode cacheControl, List<Part> parts) {
        Source source = source(file.path("file_data").asText(""));
        String name = file.path("filename").isTextual() ? file.path("filename").asText("") : null;
        if (source == null) {
            gaps.note(file.hasNonNull("file_id") ? at + ".file_id" : at + ".file_data");
        } else if (source instanceof Source.Data(String type, _) && type.startsWith("image/")) {
            parts.add(new Part.Picture(source, cacheControl));
        } else {
            parts.add(new Part.Document(source, name, cacheControl));
        }
    }

    /** Null if the text is no address that anybody but OpenAI understands. */
    private static @Nullable Source source(String url) {
        DataUrl data = DataUrl.parse(url);
        if (data != null) {
            return new Source.Data(data.type(), data.base64());
        }
        return url.startsWith("https://") || url.startsWith("http://") ? new Source.Url(url) : null;
    }

    private void call(JsonNode call, String at, List<Part> parts) {
        JsonNode function = call.path("function");
        if (!function.isObject()) {
            gaps.note(at + ".type");
            return;
        }
        String arguments = function.path("arguments").asText("");
        try {
            JsonNode object = arguments.isBlank() ? JSON.createObjectNode() : JSON.readTree(arguments);
            if (object.isObject()) {
                parts.add(new Part.Call(call.path("id").asText(""), function.path("name").asText(""), object));
                return;
            }
        } catch (JsonProcessingException _) {
            // What a model once made up and no other one can be told.
        }
        gaps.note(at + ".function.arguments");
    }

    /** Only what {@link AnthropicParser} has written, or somebody else of Anthropic's in the same form. */
    private static void thought(JsonNode detail, List<Part> parts) {
        if (!detail.path("format").asText("").startsWith("anthropic-claude")) {
            return;
        }
        String signature = detail.path("signature").asText("");
        String data = detail.path("data").asText("");
        if (detail.path("type").asText("").equals("reasoning.text") && !signature.isEmpty()) {
            parts.add(new Part.Thought(detail.path("text").asText(""), signature, null));
        } else if (detail.path("type").asText("").equals("reasoning.encrypted") && !data.isEmpty()) {
            parts.add(new Part.Thought("", "", data));
        }
    }

    private static void text(String text, @Nullable JsonNode cacheControl, List<Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text, cacheControl));
        }
    }

    private static @Nullable JsonNode cacheControl(JsonNode object) {
        return object.hasNonNull("cache_control")
                ? object.get("cache_control")
                : object.hasNonNull("prompt_cache_breakpoint") ? EPHEMERAL : null;
    }

    /** What stands at a message stands for the last of its parts that can bear it. */
    private static void mark(List<Part> parts, @Nullable JsonNode cacheControl) {
        if (cacheControl != null && !parts.isEmpty() && parts.getLast() instanceof Part.Text(String text, _)) {
            parts.set(parts.size() - 1, new Part.Text(text, cacheControl));
        }
    }
}
