package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a request of Ollama's {@code /api/chat} of a chat completion's: content is text with the images beside it, the
 * arguments of a call are an object, a result names its function.
 *
 * @see <a href="https://docs.ollama.com/api/chat">Generate a chat message</a>
 */
final class OllamaRequest {
    /** OpenAI's names and Ollama's, of values that are the same. */
    private static final Map<String, String> OPTIONS = Map.of("temperature", "temperature", "top_p", "top_p", "top_k",
            "top_k", "min_p", "min_p", "seed", "seed", "presence_penalty", "presence_penalty", "frequency_penalty",
            "frequency_penalty", "repetition_penalty", "repeat_penalty");
    /** No tool can be forced on a model: one that is named is offered alone. */
    private static final FieldRules PARAMETERS = new FieldRules(
            Set.of("messages", "n", "temperature", "top_p", "top_k", "min_p", "seed", "presence_penalty",
                    "frequency_penalty", "repetition_penalty", "stop", "max_tokens", "max_completion_tokens",
                    "logprobs",
                    "top_logprobs", "tools", "tool_choice", "response_format", "reasoning_effort", "reasoning",
                    "thinking", "enable_thinking"),
            Set.of("thinking_budget", "user", "safety_identifier", "metadata", "store", "service_tier",
                    "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "prediction", "verbosity",
                    "parallel_tool_calls"));

    private final JsonNode asked;
    private final Gaps gaps;
    private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();
    private final Map<String, String> functions = new HashMap<>();

    /** @param gaps what is asked for and the provider has not is noted there */
    OllamaRequest(JsonNode asked, Gaps gaps) {
        this.asked = asked;
        this.gaps = gaps;
        gaps.check(asked, PARAMETERS);
        int index = 0;
        for (JsonNode message : asked.path("messages")) {
            add(message, "messages[" + index++ + "]");
        }
    }

    ObjectNode body(String model, boolean stream) {
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("model", model).put("stream", stream);
        request.set("messages", messages);
        tools(request);
        format(request);
        think(model, request);
        ObjectNode options = options();
        if (!options.isEmpty()) {
            request.set("options", options);
        }
        for (String field : List.of("logprobs", "top_logprobs")) {
            if (asked.hasNonNull(field)) {
                request.set(field, asked.get(field));
            }
        }
        return request;
    }

    private void add(JsonNode message, String path) {
        String role = message.path("role").asText();
        ObjectNode made = messages.addObject().put("role", role.equals("developer") ? "system" : role);
        made.put("content", Translation.text(message.path("content")));
        if (role.equals("function") || message.hasNonNull("function_call")) {
            gaps.note(path + (role.equals("function") ? ".role" : ".function_call"));
        }
        ArrayNode images = images(message.path("content"), path);
        if (!images.isEmpty()) {
            made.set("images", images);
        }
        String reasoning = message.path("reasoning_content").asText(message.path("reasoning").asText(""));
        if (!reasoning.isEmpty()) {
            made.put("thinking", reasoning);
        }
        for (JsonNode call : message.path("tool_calls")) {
            String name = call.at("/function/name").asText();
            functions.put(call.path("id").asText(), name);
            ObjectNode function = made.withArray("tool_calls").addObject().putObject("function").put("name", name);
            function.set("arguments", Translation.object(call.at("/function/arguments").asText()));
        }
        String id = message.path("tool_call_id").asText();
        if (functions.containsKey(id)) {
            made.put("tool_name", functions.get(id));
        }
    }

    private ArrayNode images(JsonNode content, String path) {
        ArrayNode images = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < content.size(); i++) {
            DataUrl image = DataUrl.parse(content.path(i).at("/image_url/url").asText());
            if (image != null) {
                images.add(image.base64());
            } else if (!Set.of("text", "refusal", "thinking").contains(content.path(i).path("type").asText())) {
                gaps.note(path + ".content[" + i + "]");
            }
        }
        return images;
    }

    private void tools(ObjectNode request) {
        JsonNode choice = asked.path("tool_choice");
        String named = choice.at("/function/name").asText();
        for (JsonNode tool : asked.path("tools")) {
            boolean offered = named.isEmpty() || tool.at("/function/name").asText().equals(named);
            if (offered && !choice.asText().equals("none")) {
                request.withArray("tools").add(tool);
            }
        }
    }

    private void format(ObjectNode request) {
        JsonNode format = asked.path("response_format");
        switch (format.path("type").asText()) {
            case "json_object" -> request.put("format", "json");
            case "json_schema" -> request.set("format", format.at("/json_schema/schema"));
            default -> {
            }
        }
    }

    /** gpt-oss knows steps and cannot stop thinking; others think or do not. */
    private void think(String model, ObjectNode request) {
        Thinking wanted = Thinking.of(asked);
        if (!wanted.asked()) {
            return;
        }
        if (model.contains("gpt-oss")) {
            request.put("think", switch (wanted.effort()) {
                case "none", "minimal", "low" -> "low";
                case "high", "xhigh", "max" -> "high";
                default -> "medium";
            });
        } else {
            request.put("think", !wanted.off());
        }
    }

    private ObjectNode options() {
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        OPTIONS.forEach((theirs, ours) -> {
            if (asked.hasNonNull(theirs)) {
                options.set(ours, asked.get(theirs));
            }
        });
        JsonNode most = asked.path("max_completion_tokens").isNumber()
                ? asked.path("max_completion_tokens")
                : asked.path("max_tokens");
        if (most.isNumber()) {
            options.set("num_predict", most);
        }
        JsonNode stop = asked.path("stop");
        if (stop.isTextual()) {
            options.putArray("stop").add(stop.asText());
        } else if (!stop.isEmpty()) {
            options.set("stop", stop);
        }
        return options;
    }
}
