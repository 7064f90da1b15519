package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes a request of DashScope's of a chat completion's: the messages in {@code input}, all else in {@code parameters}.
 * Models that see or hear have an API of their own, in which every content is a list.
 *
 * @see <a href="https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-dashscope">Qwen by DashScope</a>
 */
final class QwenRequest {
    private static final Pattern MULTIMODAL = Pattern.compile(".*(-vl|qvq|-audio|-omni|-ocr|-asr).*");
    /** Fields that DashScope knows by the same name. */
    private static final List<String> SAME = List.of("temperature", "top_p", "top_k", "seed", "stop",
            "presence_penalty", "repetition_penalty", "max_tokens", "tools", "tool_choice", "parallel_tool_calls",
            "thinking_budget", "logprobs", "top_logprobs");
    private static final FieldRules PARAMETERS = new FieldRules(
            Set.of("messages", "temperature", "top_p", "top_k", "seed", "n", "stop", "presence_penalty",
                    "repetition_penalty", "max_tokens", "max_completion_tokens", "tools", "tool_choice",
                    "parallel_tool_calls", "thinking_budget", "logprobs", "top_logprobs", "response_format",
                    "reasoning_effort", "reasoning", "thinking", "enable_thinking"),
            Set.of("frequency_penalty", "user", "safety_identifier", "metadata", "store", "service_tier",
                    "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "prediction", "verbosity"));

    private final JsonNode asked;
    private final Gaps gaps;
    private final String model;
    private final boolean multimodal;
    private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();

    /** @param gaps what is asked for and the provider has not is noted there */
    QwenRequest(JsonNode asked, String model, Gaps gaps) {
        this.asked = asked;
        this.gaps = gaps;
        this.model = model;
        multimodal = MULTIMODAL.matcher(model).matches() || hasMedia(asked.path("messages"));
        gaps.check(asked, PARAMETERS);
        int index = 0;
        for (JsonNode message : asked.path("messages")) {
            add(message, "messages[" + index++ + "]");
        }
    }

    private static boolean hasMedia(JsonNode messages) {
        for (JsonNode message : messages) {
            for (JsonNode part : message.path("content")) {
                if (part.has("image_url") || part.has("input_audio")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Where to send it, under the base URL. */
    String path() {
        return "/services/aigc/" + (multimodal ? "multimodal" : "text") + "-generation/generation";
    }

    ObjectNode body(boolean stream) {
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("model", model);
        request.putObject("input").set("messages", messages);
        ObjectNode parameters = request.putObject("parameters").put("result_format", "message");
        if (stream) {
            parameters.put("incremental_output", true);
        }
        for (String field : SAME) {
            if (asked.hasNonNull(field)) {
                parameters.set(field, asked.get(field));
            }
        }
        if (asked.hasNonNull("max_completion_tokens")) {
            parameters.set("max_tokens", asked.get("max_completion_tokens"));
        }
        JsonNode format = asked.path("response_format");
        if (format.isObject() && !format.path("type").asText().equals("text")) {
            parameters.set("response_format", format);
        }
        think(stream, parameters);
        return request;
    }

    /** Open-source qwen3 models refuse to think in an answer that is not streamed. */
    private void think(boolean stream, ObjectNode parameters) {
        Thinking wanted = Thinking.of(asked);
        boolean cannot = !stream && model.startsWith("qwen3-");
        if (wanted.asked() || cannot) {
            parameters.put("enable_thinking", !wanted.off() && !cannot);
        }
        if (wanted.budget() > 0) {
            parameters.put("thinking_budget", wanted.budget());
        }
    }

    private void add(JsonNode message, String path) {
        String role = message.path("role").asText();
        ObjectNode made = messages.addObject().put("role", role.equals("developer") ? "system" : role);
        if (role.equals("function") || message.hasNonNull("function_call")) {
            gaps.note(path);
        }
        if (multimodal) {
            made.set("content", parts(message.path("content"), path));
        } else {
            made.put("content", Translation.text(message.path("content")));
        }
        for (String field : List.of("tool_calls", "tool_call_id", "reasoning_content", "name")) {
            if (message.hasNonNull(field)) {
                made.set(field, message.get(field));
            }
        }
    }

    /** {@code [{"text":..},{"image":"https://.."}]}; URLs may be data. */
    private ArrayNode parts(JsonNode content, String path) {
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        if (content.isTextual()) {
            parts.addObject().put("text", content.asText());
        }
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.path(i);
            switch (part.path("type").asText()) {
                case "text" -> parts.addObject().put("text", part.path("text").asText());
                case "image_url" -> parts.addObject().put("image", part.at("/image_url/url").asText());
                case "input_audio" ->
                    parts.addObject().put("audio", "data:audio/" + part.at("/input_audio/format").asText()
                            + ";base64," + part.at("/input_audio/data").asText());
                default -> gaps.note(path + ".content[" + i + "]");
            }
        }
        return parts;
    }
}
