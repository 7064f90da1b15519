package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The body of a request to OpenAI's Responses API. What the provider would keep of it by itself it is told not to, so
 * the reasoning that a later turn needs has to come along with the answer.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a model response</a>
 */
final class ResponsesRequest {
    private static final List<String> SAME = List.of("temperature", "top_p", "top_logprobs", "user",
            "safety_identifier", "metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention",
            "prompt_cache_options");
    private static final FieldRules FIELDS = new FieldRules(
            Set.of("messages", "n", "max_tokens", "max_completion_tokens", "temperature", "top_p", "tools",
                    "tool_choice",
                    "parallel_tool_calls", "response_format", "reasoning_effort", "reasoning", "verbosity", "logprobs",
                    "top_logprobs", "user", "safety_identifier", "metadata", "service_tier", "store",
                    "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"),
            Set.of("seed", "frequency_penalty", "presence_penalty", "logit_bias", "prediction", "top_k", "min_p",
                    "repetition_penalty", "thinking", "enable_thinking", "thinking_budget", "chat_template_kwargs"));
    /** They do not reason, and refuse to be asked for reasoning. */
    private static final Pattern PLAIN = Pattern.compile("(?:.*/|ft:)?(?:gpt-[34]|chatgpt|gpt-5[^/]*-chat).*");

    private final JsonNode request;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();

    private ResponsesRequest(JsonNode request) {
        this.request = request;
    }

    /** Of no use if a gap is noted that cannot be done without. */
    static ObjectNode body(JsonNode request, String model, boolean stream, Gaps gaps) {
        gaps.check(request, FIELDS);
        var made = new ResponsesRequest(request);
        made.body.put("model", model).put("stream", stream).put("store", request.path("store").asBoolean());
        new ResponsesInput(gaps).write(request.path("messages"), made.body.putArray("input"));
        made.write(!PLAIN.matcher(model).matches());
        made.writeTools(Toolbox.read(request, gaps));
        return made.body;
    }

    private void write(boolean reasons) {
        SAME.forEach(field -> set(body, field, request.path(field)));
        JsonNode most = request.path("max_completion_tokens");
        set(body, "max_output_tokens", most.isNumber() ? most : request.path("max_tokens"));
        ArrayNode include = JsonNodeFactory.instance.arrayNode();
        if (reasons) {
            include.add("reasoning.encrypted_content");
        }
        if (request.path("logprobs").asBoolean()) {
            include.add("message.output_text.logprobs");
        }
        if (!include.isEmpty()) {
            body.set("include", include);
        }
        ObjectNode reasoning = JsonNodeFactory.instance.objectNode();
        String effort = Thinking.of(request).effort();
        if (!effort.isEmpty()) {
            reasoning.put("effort", effort);
        }
        set(reasoning, "summary", request.path("reasoning").path("summary"));
        if (!reasoning.isEmpty()) {
            body.set("reasoning", reasoning);
        }
        writeText();
    }

    private void writeText() {
        ObjectNode text = JsonNodeFactory.instance.objectNode();
        JsonNode format = request.path("response_format");
        if (format.isObject()) {
            ObjectNode wanted = text.putObject("format").put("type", format.path("type").asText("text"));
            for (String field : List.of("name", "description", "schema", "strict")) {
                set(wanted, field, format.path("json_schema").path(field));
            }
        }
        set(text, "verbosity", request.path("verbosity"));
        if (!text.isEmpty()) {
            body.set("text", text);
        }
    }

    /** Functions are strict here unless the contrary is said. */
    private void writeTools(Toolbox tools) {
        if (tools.tools().isEmpty()) {
            return;
        }
        ArrayNode list = body.putArray("tools");
        for (Toolbox.Tool tool : tools.tools()) {
            ObjectNode function = list.addObject().put("type", "function").put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            function.put("strict", tool.strict()).set("parameters", tool.parameters());
        }
        switch (tools.choice()) {
            case Toolbox.Choice.Auto _ -> {
            }
            case Toolbox.Choice.None _ -> body.put("tool_choice", "none");
            case Toolbox.Choice.Required _ -> body.put("tool_choice", "required");
            case Toolbox.Choice.Named(String name) ->
                body.putObject("tool_choice").put("type", "function").put("name", name);
        }
        if (tools.oneAtATime()) {
            body.put("parallel_tool_calls", false);
        }
    }

    private static void set(ObjectNode object, String field, JsonNode value) {
        if (!value.isMissingNode() && !value.isNull()) {
            object.set(field, value);
        }
    }
}
