package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What each provider needs changed in an OpenAI request, in place. A field is dropped only if the answer is as good
 * without it; what a provider cannot do it is left to refuse in its own words.
 */
final class Rewrites {
    private static final Set<String> MISTRAL_FIELDS = Set.of("model", "stream", "messages", "temperature", "top_p",
            "max_tokens", "stop", "random_seed", "response_format", "tools", "tool_choice", "parallel_tool_calls",
            "presence_penalty", "frequency_penalty", "n", "prediction", "prompt_cache_key", "prompt_mode",
            "reasoning_effort");
    private static final Set<String> MISTRAL_MESSAGE_FIELDS = Set.of("role", "content", "tool_calls", "tool_call_id");
    private static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private Rewrites() {}

    /**
     * Unknown fields of messages are refused.
     *
     * @see <a href="https://console.groq.com/docs/openai">Groq</a>
     */
    static void groq(ObjectNode request, Gaps gaps) {
        forEachMessage(request, message -> {
            drop(message, "name", "messages[].name", gaps);
            rename(message, "reasoning_content", "reasoning");
        });
        String model = request.path("model").asText();
        String effort = request.path("reasoning_effort").asText();
        if (model.contains("gpt-oss")) {
            switch (effort) {
                case "none", "minimal" -> request.put("reasoning_effort", "low");
                case "xhigh", "max" -> request.put("reasoning_effort", "high");
                default -> {
                }
            }
        } else if (model.contains("qwen") && !effort.isEmpty() && !effort.equals("none")) {
            request.put("reasoning_effort", "default");
        }
    }

    /** Effort knows three steps, and of the models before grok-4.3 most do not take it: they think as they like. */
    static void xai(ObjectNode request, Gaps gaps) {
        switch (request.path("reasoning_effort").asText()) {
            case "minimal" -> request.put("reasoning_effort", "low");
            case "xhigh", "max" -> request.put("reasoning_effort", "high");
            default -> {
            }
        }
        if (request.path("model").asText().matches("grok-4(-.*)?|grok-code.*")) {
            drop(request, "reasoning_effort", gaps);
        }
    }

    /**
     * Effort knows fewer steps, none of them "none". An answer of which the reasoning is lost is refused in thinking
     * mode without the field, but not with nothing in it. A schema is not taken; then the model is told of it.
     *
     * @see <a href="https://api-docs.deepseek.com/guides/thinking_mode">Thinking mode</a>
     */
    static void deepSeek(ObjectNode request, Gaps gaps) {
        rename(request, "max_completion_tokens", "max_tokens");
        boolean wantsReasoning = request.path("model").asText().contains("-v4");
        forEachMessage(request, message -> {
            developerToSystem(message);
            if (wantsReasoning && message.has("tool_calls") && !message.has("reasoning_content")) {
                message.put("reasoning_content", "");
            }
        });
        JsonNode schema = request.at("/response_format/json_schema/schema");
        if (schema.isObject()) {
            request.putObject("response_format").put("type", "json_object");
            request.withArray("messages").insertObject(0).put("role", "system").put("content",
                    "Answer with JSON that conforms to this schema: " + schema);
        }
        switch (request.path("reasoning_effort").asText()) {
            case "none" -> {
                request.remove("reasoning_effort");
                request.putObject("thinking").put("type", "disabled");
            }
            case "minimal" -> request.put("reasoning_effort", "low");
            case "medium", "xhigh" -> request.put("reasoning_effort", "high");
            default -> {
            }
        }
    }

    /** Open-source qwen3 models refuse to think in an answer that is not streamed. */
    static void qwen(ObjectNode request, Gaps gaps) {
        rename(request, "max_completion_tokens", "max_tokens");
        drop(request, "frequency_penalty", gaps);
        forEachMessage(request, Rewrites::developerToSystem);
        boolean noThinking = request.path("reasoning_effort").asText().equals("none");
        boolean cannotThink = !request.path("stream").asBoolean()
                && request.path("model").asText().startsWith("qwen3-") && !request.has("enable_thinking");
        if (noThinking) {
            request.remove("reasoning_effort");
        } else {
            drop(request, "reasoning_effort", gaps);
        }
        if (noThinking || cannotThink) {
            request.put("enable_thinking", false);
        }
    }

    /**
     * Fields outside its schema are refused with 422.
     *
     * @see <a href="https://docs.mistral.ai/api/">Mistral</a>
     */
    static void mistral(ObjectNode request, Gaps gaps) {
        rename(request, "max_completion_tokens", "max_tokens");
        rename(request, "seed", "random_seed");
        if (request.path("tool_choice").asText().equals("required")) {
            request.put("tool_choice", "any");
        }
        String effort = request.path("reasoning_effort").asText();
        if (request.path("model").asText().startsWith("magistral")) {
            request.remove("reasoning_effort");
            if (!effort.isEmpty() && !effort.equals("none")) {
                request.put("prompt_mode", "reasoning");
            }
        } else if (Set.of("xhigh", "max").contains(effort)) {
            request.put("reasoning_effort", "high");
        } else if (!Set.of("high", "none").contains(effort)) {
            drop(request, "reasoning_effort", gaps);
        }
        FieldRules.asked(request).stream().filter(field -> !MISTRAL_FIELDS.contains(field)).forEach(gaps::drop);
        request.retain(MISTRAL_FIELDS);
        forEachMessage(request, message -> {
            drop(message, "name", "messages[].name", gaps);
            mistralMessage(message);
        });
        JsonNode last = request.path("messages").path(request.path("messages").size() - 1);
        if (last instanceof ObjectNode answer && last.path("role").asText().equals("assistant")) {
            // The beginning of the answer, to be continued.
            answer.put("prefix", true);
        }
    }

    private static void mistralMessage(ObjectNode message) {
        developerToSystem(message);
        String reasoning = message.path("reasoning_content").asText();
        if (!reasoning.isEmpty() && message.path("content").isTextual()) {
            String content = message.path("content").asText();
            ArrayNode parts = message.putArray("content");
            parts.addObject().put("type", "thinking").putArray("thinking").addObject().put("type", "text").put("text",
                    reasoning);
            parts.addObject().put("type", "text").put("text", content);
        }
        message.retain(MISTRAL_MESSAGE_FIELDS);
        for (JsonNode part : message.path("content")) {
            if (part instanceof ObjectNode object) {
                mistralPart(object);
            }
        }
        if (message.path("tool_call_id").isTextual()) {
            message.put("tool_call_id", mistralToolCallId(message.path("tool_call_id").asText()));
        }
        for (JsonNode call : message.path("tool_calls")) {
            if (call instanceof ObjectNode object) {
                object.put("id", mistralToolCallId(object.path("id").asText()));
            }
        }
    }

    /** Files are documents, and a recording is its base64 alone. */
    private static void mistralPart(ObjectNode part) {
        part.remove("cache_control");
        if (part.at("/file/file_data").isTextual()) {
            part.put("type", "document_url").set("document_url", part.at("/file/file_data"));
            part.remove("file");
        } else if (part.at("/input_audio/data").isTextual()) {
            part.set("input_audio", part.at("/input_audio/data"));
        }
    }

    /**
     * The id itself if Mistral takes it, which is nine letters and digits or nothing (error 3280); otherwise nine that
     * depend on it alone, so that a call and its result still meet.
     */
    private static String mistralToolCallId(String id) {
        if (id.matches("[a-zA-Z0-9]{9}")) {
            return id;
        }
        try {
            var hash = new BigInteger(1,
                    MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
            var digits = new StringBuilder(9);
            for (int i = 0; i < 9; i++) {
                BigInteger[] parts = hash.divideAndRemainder(BigInteger.valueOf(BASE62.length()));
                digits.append(BASE62.charAt(parts[1].intValue()));
                hash = parts[0];
            }
            return digits.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another provider's reasoning in the ids of tool calls, left there by an earlier turn. */
    static void stripCarriedState(ObjectNode request) {
        forEachMessage(request, message -> {
            stripCarriedState(message, "tool_call_id");
            for (JsonNode call : message.path("tool_calls")) {
                stripCarriedState(call, "id");
            }
        });
    }

    private static void stripCarriedState(JsonNode object, String field) {
        if (object instanceof ObjectNode fields && fields.path(field).isTextual()) {
            fields.put(field, CarriedState.strip(fields.path(field).textValue()));
        }
    }

    private static void developerToSystem(ObjectNode message) {
        if (message.path("role").asText().equals("developer")) {
            message.put("role", "system");
        }
    }

    private static void forEachMessage(ObjectNode request, Consumer<ObjectNode> change) {
        for (JsonNode message : request.path("messages")) {
            if (message instanceof ObjectNode object) {
                change.accept(object);
            }
        }
    }

    private static void drop(ObjectNode request, String field, Gaps gaps) {
        drop(request, field, field, gaps);
    }

    private static void drop(ObjectNode object, String field, String param, Gaps gaps) {
        JsonNode lost = object.remove(field);
        if (lost != null && !lost.isNull()) {
            gaps.drop(param);
        }
    }

    /** The new name wins if both are there. */
    private static void rename(ObjectNode object, String from, String to) {
        JsonNode value = object.remove(from);
        if (value != null && !object.has(to)) {
            object.set(to, value);
        }
    }
}
