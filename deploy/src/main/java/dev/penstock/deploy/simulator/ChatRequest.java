package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the simulator reads of a chat-completions request.
 *
 * @param promptTokens a token for every 4 UTF-8 bytes of the messages' text, rounded up
 * @param maxTokens {@link Long#MAX_VALUE} if the request sets none
 * @param call the function to call in the answer
 * @param schema the JSON Schema of an answer in JSON
 * @param beginning of the answer, if another model has said it
 */
record ChatRequest(String model, boolean stream, boolean includeUsage, long maxTokens, int n, long promptTokens,
        Optional<Function> call, Optional<JsonNode> schema, Directive directive,
        Beginning beginning) implements Reading {
    private static final int MOST_CHOICES = 128;

    /** A function that the caller offers. */
    record Function(String name, JsonNode parameters) {}

    static Reading read(JsonNode body) {
        var texts = new ArrayList<String>();
        body.path("messages").forEach(message -> gather(message.path("content"), texts));
        var directive = Directive.NONE;
        long bytes = 0;
        for (String text : texts) {
            directive = directive.withMarksIn(text);
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
        }
        var choice = body.path("tool_choice");
        boolean mustCall = choice.isObject() || choice.asText().equals("required");
        var call = mustCall || directive.tool() ? function(body.path("tools"), choice) : Optional.<Function>empty();
        String maxTokens = body.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        var request = new ChatRequest(body.path("model").asText(), body.path("stream").asBoolean(),
                body.path("stream_options").path("include_usage").asBoolean(),
                body.path(maxTokens).asLong(Long.MAX_VALUE), body.path("n").asInt(1), (bytes + 3) / 4, call,
                schema(body.path("response_format")), directive,
                Beginning.of(body.path("messages"), directive.again()));
        if (request.model.isEmpty()) {
            return ApiFailure.invalid("model", "you must provide a model parameter");
        }
        if (body.path("messages").isEmpty()) {
            return ApiFailure.invalid("messages", "Invalid 'messages': expected at least one message.");
        }
        if (request.n < 1 || request.n > MOST_CHOICES) {
            return ApiFailure.invalid("n", "Invalid 'n': expected a value from 1 to " + MOST_CHOICES + ".");
        }
        if (request.maxTokens < 1) {
            return ApiFailure.invalid(maxTokens, "Invalid '" + maxTokens + "': expected a value >= 1.");
        }
        if (mustCall && call.isEmpty()) {
            return ApiFailure.invalid("tool_choice", "Invalid 'tool_choice': no such function in 'tools'.");
        }
        return request;
    }

    private static void gather(JsonNode content, List<String> texts) {
        if (content.isTextual()) {
            texts.add(content.textValue());
        } else {
            content.forEach(part -> gather(part.path("text"), texts));
        }
    }

    /** The function that the choice names, or the first. */
    private static Optional<Function> function(JsonNode tools, JsonNode choice) {
        var named = choice.path("function").path("name");
        for (var tool : tools) {
            var function = tool.path("function");
            if (named.isMissingNode() || named.equals(function.path("name"))) {
                return Optional.of(new Function(function.path("name").asText(), function.path("parameters")));
            }
        }
        return Optional.empty();
    }

    /** JSON mode without a schema is answered with the smallest value of a schema that asks for nothing. */
    private static Optional<JsonNode> schema(JsonNode format) {
        return switch (format.path("type").asText()) {
            case "json_schema", "json_object" -> Optional.of(format.path("json_schema").path("schema"));
            default -> Optional.empty();
        };
    }
}
