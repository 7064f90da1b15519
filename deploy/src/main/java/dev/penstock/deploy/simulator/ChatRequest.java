package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the simulator reads of a chat-completions request.
 *
 * @param promptTokens a token for every 4 UTF-8 bytes of the messages' text, rounded up
 * @param maxTokens {@link Long#MAX_VALUE} if the request sets none
 * @param calls the functions to call in the answer; empty if none
 * @param schema the JSON Schema of an answer in JSON
 * @param beginning of the answer, if another model has said it
 */
record ChatRequest(String model, boolean stream, boolean includeUsage, long maxTokens, int n, long promptTokens,
        List<Function> calls, Optional<JsonNode> schema, Directive directive,
        Beginning beginning) implements Reading {
    private static final int MOST_CHOICES = 128;
    private static final int MOST_CALLS = 128;

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
        var calls = calls(body, directive.tools(), mustCall);
        String maxTokens = body.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        var request = new ChatRequest(body.path("model").asText(), body.path("stream").asBoolean(),
                body.path("stream_options").path("include_usage").asBoolean(),
                body.path(maxTokens).asLong(Long.MAX_VALUE), body.path("n").asInt(1), (bytes + 3) / 4, calls,
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
        if (mustCall && calls.isEmpty()) {
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

    /** As many as asked for, in turn of those that the choice leaves; one where the caller wants them one by one. */
    private static List<Function> calls(JsonNode body, int asked, boolean mustCall) {
        var choice = body.path("tool_choice");
        int most = choice.asText().equals("none")
                ? 0
                : body.path("parallel_tool_calls").asBoolean(true) ? MOST_CALLS : 1;
        int count = Math.min(Math.max(asked, mustCall ? 1 : 0), most);
        var named = choice.path("function").path("name");
        var functions = body.path("tools").valueStream().map(tool -> tool.path("function"))
                .filter(function -> named.isMissingNode() || named.equals(function.path("name")))
                .map(function -> new Function(function.path("name").asText(), function.path("parameters"))).toList();
        return IntStream.range(0, functions.isEmpty() ? 0 : count)
                .mapToObj(call -> functions.get(call % functions.size())).toList();
    }

    /** JSON mode without a schema is answered with the smallest value of a schema that asks for nothing. */
    private static Optional<JsonNode> schema(JsonNode format) {
        return switch (format.path("type").asText()) {
            case "json_schema", "json_object" -> Optional.of(format.path("json_schema").path("schema"));
            default -> Optional.empty();
        };
    }
}
