package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Messages: a model that thinks where it is given a budget, and that then refuses a turn after a call of a
 * tool without the thought that led to it, or with one that it has not signed. One of these reads one request.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/messages/create">Create a message</a>
 */
final class AnthropicDialect implements Dialect {
    private static final String SECRET = "the water waits behind the gate ";

    private final Stats stats;
    private boolean thinks;
    private boolean caches;
    private int turns;

    AnthropicDialect(Stats stats) {
        this.stats = stats;
    }

    /** Says it in OpenAI's words, so that there is one understanding of what is asked. */
    @Override
    public Reading read(JsonNode body) {
        JsonNode messages = body.path("messages");
        thinks = body.at("/thinking/type").asText().equals("enabled");
        caches = body.findValue("cache_control") != null;
        turns = messages.size();
        ApiFailure failure = check(body, messages);
        if (failure != null) {
            return failure;
        }
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("model", body.path("model").asText())
                .put("stream", body.path("stream").asBoolean());
        asked.set("max_tokens", body.path("max_tokens"));
        ArrayNode said = asked.putArray("messages");
        add(said, body.path("system"));
        messages.forEach(message -> {
            add(said, message.path("content"));
            ((ObjectNode) said.path(said.size() - 1)).set("role", message.path("role"));
        });
        JsonNode schema = body.at("/output_config/format/schema");
        if (schema.isObject()) {
            asked.putObject("response_format").put("type", "json_schema").putObject("json_schema").set("schema",
                    schema);
        }
        addTools(body, asked);
        return ChatRequest.read(asked);
    }

    private static void add(ArrayNode messages, JsonNode content) {
        ArrayNode parts = messages.addObject().putArray("content");
        if (content.isTextual()) {
            parts.addObject().set("text", content);
        }
        for (JsonNode block : content) {
            if (block.path("text").isTextual()) {
                parts.addObject().set("text", block.path("text"));
            }
            block.path("content").forEach(part -> parts.addObject().put("text", part.path("text").asText()));
        }
    }

    private static void addTools(JsonNode body, ObjectNode asked) {
        JsonNode choice = body.path("tool_choice");
        switch (choice.path("type").asText()) {
            case "none" -> {
                return;
            }
            case "any" -> asked.put("tool_choice", "required");
            case "tool" -> asked.putObject("tool_choice").putObject("function").set("name", choice.path("name"));
            default -> {
            }
        }
        asked.put("parallel_tool_calls", !choice.path("disable_parallel_tool_use").asBoolean());
        for (JsonNode tool : body.path("tools")) {
            ObjectNode function = asked.withArrayProperty("tools").addObject().putObject("function");
            function.set("name", tool.path("name"));
            function.set("parameters", tool.path("input_schema"));
        }
    }

    /** What Anthropic would refuse; null if nothing. */
    private @Nullable ApiFailure check(JsonNode body, JsonNode messages) {
        if (!body.path("max_tokens").isInt()) {
            return ApiFailure.invalid(null, "max_tokens: Field required");
        }
        if (!messages.path(0).path("role").asText().equals("user")) {
            return ApiFailure.invalid(null, "messages: first message must use the \"user\" role");
        }
        JsonNode last = messages.path(messages.size() - 1);
        String prefill = last.path("content").path(0).path("text").asText(last.path("content").asText());
        if (last.path("role").asText().equals("assistant") && !prefill.equals(prefill.stripTrailing())) {
            return ApiFailure.invalid(null, "messages: final assistant content cannot end with trailing whitespace");
        }
        if (thinks && body.at("/thinking/budget_tokens").asInt() >= body.path("max_tokens").asInt()) {
            return ApiFailure.invalid(null, "`max_tokens` must be greater than `thinking.budget_tokens`.");
        }
        for (JsonNode message : messages) {
            for (JsonNode block : message.path("content")) {
                if (block.path("type").asText().equals("thinking")) {
                    if (!block.path("signature").asText().equals(sign(block.path("thinking").asText()))) {
                        return ApiFailure.invalid(null, "Invalid `signature` in `thinking` block");
                    }
                    stats.signatures.increment();
                }
            }
        }
        JsonNode called = messages.path(messages.size() - 2).path("content");
        boolean loop = messages.path(messages.size() - 1).at("/content/0/type").asText().equals("tool_result");
        if (loop && called.findValuesAsText("id").stream().noneMatch(
                messages.path(messages.size() - 1).at("/content/0/tool_use_id").asText()::equals)) {
            return ApiFailure.invalid(null, "unexpected `tool_use_id` found in `tool_result` blocks");
        }
        return thinks && loop && !called.path(0).path("type").asText().equals("thinking")
                ? ApiFailure.invalid(null, "Expected `thinking` or `redacted_thinking`, but found `tool_use`.")
                : null;
    }

    /** What nobody can guess who has not been given it. */
    static String sign(String thought) {
        try {
            return Base64.getEncoder().encodeToString(
                    MessageDigest.getInstance("SHA-256").digest((SECRET + thought).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("type", "error");
        body.putObject("error").put("type", switch (failure.status()) {
            case 400 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 404 -> "not_found_error";
            case 429 -> "rate_limit_error";
            case 503 -> "overloaded_error";
            default -> "api_error";
        }).put("message", failure.message());
        return body.put("request_id", "req_simulator");
    }

    @Override
    public Wording wording(Chat chat) {
        return new AnthropicWording(chat, thinks ? "The water thinks of " + turns + " messages." : "", caches);
    }
}
