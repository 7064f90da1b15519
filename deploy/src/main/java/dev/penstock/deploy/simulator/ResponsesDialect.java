package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's Responses, of which nothing is kept: a model that reasons where an effort is asked for, gives its reasoning in
 * {@code encrypted_content}, and refuses one that it has not given, and the output of a call that nobody made. One of
 * these reads one request.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a model response</a>
 */
final class ResponsesDialect implements Dialect {
    /** Those of chat completions that are not here: OpenAI refuses what it does not know. */
    private static final Set<String> UNKNOWN = Set.of("messages", "n", "max_tokens", "max_completion_tokens", "stop",
            "seed", "response_format", "reasoning_effort", "logit_bias", "frequency_penalty", "presence_penalty");

    private final Stats stats;
    private @Nullable ResponsesWording wording;
    private Thought thought = Thought.NONE;

    /**
     * The reasoning before an answer.
     *
     * @param encrypted what a later turn gives back of it; empty: nothing
     * @param summary empty: none
     */
    record Thought(boolean had, String encrypted, String summary) {
        private static final Thought NONE = new Thought(false, "", "");
        /** As OpenAI's begin. */
        private static final String PREFIX = "gAAAA";

        static Thought of(JsonNode body) {
            JsonNode reasoning = body.path("reasoning");
            if (!reasoning.hasNonNull("effort") || reasoning.path("effort").asText().equals("none")) {
                return NONE;
            }
            int items = Math.max(1, body.path("input").size());
            boolean carried = body.path("include").valueStream()
                    .anyMatch(wanted -> wanted.asText().equals("reasoning.encrypted_content"));
            return new Thought(true, carried ? encrypted(String.valueOf(items)) : "",
                    reasoning.hasNonNull("summary") ? "The water thinks of " + items + " items." : "");
        }

        private static String encrypted(String about) {
            return PREFIX + about + "_" + AnthropicDialect.sign(about);
        }

        static boolean isOurs(String encrypted) {
            int end = encrypted.indexOf('_');
            return encrypted.startsWith(PREFIX) && end > 0
                    && encrypted.equals(encrypted(encrypted.substring(PREFIX.length(), end)));
        }
    }

    ResponsesDialect(Stats stats) {
        this.stats = stats;
    }

    /** Says it in OpenAI's older words, so that there is one understanding of what is asked. */
    @Override
    public Reading read(JsonNode body) {
        ApiFailure failure = check(body);
        if (failure != null) {
            return failure;
        }
        thought = Thought.of(body);
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("model", body.path("model").asText())
                .put("stream", body.path("stream").asBoolean());
        ArrayNode messages = asked.putArray("messages");
        if (body.hasNonNull("instructions")) {
            messages.addObject().put("role", "system").set("content", body.get("instructions"));
        }
        if (body.path("input").isTextual()) {
            messages.addObject().put("role", "user").set("content", body.get("input"));
        }
        for (JsonNode item : body.path("input")) {
            ObjectNode message = messages.addObject().put("role", item.path("role").asText("tool"));
            message.set("content", item.has("output") ? item.get("output") : item.path("content"));
        }
        asked.set("max_tokens", body.path("max_output_tokens"));
        JsonNode format = body.at("/text/format");
        if (format.path("type").asText().startsWith("json")) {
            asked.putObject("response_format").put("type", "json_schema").putObject("json_schema").set("schema",
                    format.path("schema"));
        }
        addTools(body, asked);
        return ChatRequest.read(asked);
    }

    private static void addTools(JsonNode body, ObjectNode asked) {
        JsonNode choice = body.path("tool_choice");
        if (choice.isObject()) {
            asked.putObject("tool_choice").putObject("function").set("name", choice.path("name"));
        } else {
            asked.set("tool_choice", choice);
        }
        asked.put("parallel_tool_calls", body.path("parallel_tool_calls").asBoolean(true));
        for (JsonNode tool : body.path("tools")) {
            asked.withArrayProperty("tools").addObject().set("function", tool);
        }
    }

    /** What OpenAI would refuse; null if nothing. */
    private @Nullable ApiFailure check(JsonNode body) {
        for (String field : UNKNOWN) {
            if (body.has(field)) {
                return ApiFailure.invalid(field, "Unknown parameter: '" + field + "'.");
            }
        }
        var called = new HashSet<String>();
        for (JsonNode item : body.path("input")) {
            String call = item.path("call_id").asText();
            switch (item.path("type").asText()) {
                case "function_call" -> called.add(call);
                case "function_call_output" -> {
                    if (!called.contains(call)) {
                        return ApiFailure.invalid("input",
                                "No tool call found for function call output with call_id " + call + ".");
                    }
                }
                case "reasoning" -> {
                    if (!Thought.isOurs(item.path("encrypted_content").asText())) {
                        return ApiFailure.invalid(null, "The encrypted content could not be verified.");
                    }
                    stats.signatures.increment();
                }
                default -> {
                }
            }
        }
        return null;
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        return failure.json();
    }

    @Override
    public Wording wording(Chat chat) {
        wording = new ResponsesWording(chat, thought);
        return wording;
    }

    @Override
    public String failed(ApiFailure failure) {
        ObjectNode error = JsonNodeFactory.instance.objectNode().put("code", failure.type())
                .put("message", failure.message()).put("param", failure.param());
        return wording == null ? ResponsesWording.event("error", 0, error) : wording.event("error", error);
    }
}
