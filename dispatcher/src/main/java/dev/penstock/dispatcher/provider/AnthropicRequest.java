package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request to Anthropic's Messages API.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/messages/create">Create a message</a>
 */
final class AnthropicRequest {
    /** A model that cannot be held to a schema has to call this tool; its arguments are the answer. */
    static final String ANSWER_TOOL = "penstock_answer";

    static final String JSON_ONLY = "Answer with one JSON object and with nothing before or after it, not even a code fence.";

    private static final FieldRules FIELDS = new FieldRules(
            Set.of("messages", "n", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop",
                    "tools",
                    "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "reasoning",
                    "thinking", "user", "safety_identifier", "service_tier"),
            Set.of("seed", "frequency_penalty", "presence_penalty", "logit_bias", "store", "metadata", "verbosity",
                    "prediction", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "min_p",
                    "repetition_penalty", "enable_thinking", "thinking_budget", "chat_template_kwargs"));

    private final JsonNode request;
    private final ClaudeModel model;
    private final Gaps gaps;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();

    private AnthropicRequest(JsonNode request, ClaudeModel model, Gaps gaps) {
        this.request = request;
        this.model = model;
        this.gaps = gaps;
    }

    /** Of no use if a gap is noted that cannot be done without. */
    static ObjectNode body(JsonNode request, String model, boolean stream, Gaps gaps) {
        gaps.check(request, FIELDS);
        var made = new AnthropicRequest(request, ClaudeModel.of(model), gaps);
        made.body.put("model", model).put("stream", stream);
        made.write(PromptReader.read(request.path("messages"), gaps));
        return made.body;
    }

    private void write(Prompt prompt) {
        int maxTokens = maxTokens(request, model);
        body.put("max_tokens", maxTokens);
        JsonNode schema = schema(request);
        boolean asTool = schema != null && isToBeTool(schema, model);
        Toolbox tools = tools(prompt, asTool ? schema : null);
        var thinking = ClaudeThinking.of(request, model, maxTokens, tools.forces(),
                prompt.thoughtsLost(CarriedState.ANTHROPIC), gaps);
        writeSystem(prompt);
        new AnthropicMessages(thinking.byBudget() || model.thinking() == ClaudeModel.Thinking.ADAPTIVE, gaps)
                .write(prompt, body.putArray("messages"));
        writeTools(tools);
        if (thinking.thinking() != null) {
            body.set("thinking", thinking.thinking());
        }
        if (thinking.effort() != null) {
            body.withObjectProperty("output_config").put("effort", thinking.effort());
        }
        if (schema != null && !asTool) {
            body.withObjectProperty("output_config").putObject("format").put("type", "json_schema").set("schema",
                    ClaudeSchema.nearest(schema, "response_format", gaps));
        }
        Sampling sampling = Sampling.of(request, model, thinking, gaps);
        setUnlessNull("temperature", sampling.temperature());
        setUnlessNull("top_p", sampling.topP());
        setUnlessNull("top_k", sampling.topK());
        writeRest();
    }

    /** Anthropic wants a limit. Without one a model may write all that it can. */
    static int maxTokens(JsonNode request, ClaudeModel model) {
        int asked = request.path("max_completion_tokens").asInt(request.path("max_tokens").asInt(model.maxOutput()));
        return model.isKnown() ? Math.min(asked, model.maxOutput()) : asked;
    }

    static @Nullable JsonNode schema(JsonNode request) {
        JsonNode schema = request.at("/response_format/json_schema/schema");
        return schema.isObject() ? schema : null;
    }

    /** Whether an answer by this schema has to be asked for as the arguments of a tool. */
    static boolean isToBeTool(JsonNode schema, ClaudeModel model) {
        return !model.keepsToSchemas() || ClaudeSchema.isOpen(schema) && model.canBeForced();
    }

    private Toolbox tools(Prompt prompt, @Nullable JsonNode answerSchema) {
        Toolbox tools = Toolbox.read(request, gaps).knowing(prompt);
        if (answerSchema != null) {
            return tools.forcing(new Toolbox.Tool(ANSWER_TOOL, "Gives the answer.", answerSchema, false, null));
        }
        if (tools.forces() && !model.canBeForced()) {
            gaps.drop("tool_choice");
            return tools.unforced();
        }
        return tools;
    }

    private void writeSystem(Prompt prompt) {
        ArrayNode system = JsonNodeFactory.instance.arrayNode();
        AnthropicMessages.writeTexts(prompt.system(), system);
        if (wantsJson(request)) {
            system.addObject().put("type", "text").put("text", JSON_ONLY);
        }
        if (!system.isEmpty()) {
            body.set("system", system);
        }
    }

    /** Whether JSON is wanted of no particular schema, which only the prompt can tell. */
    static boolean wantsJson(JsonNode request) {
        return request.at("/response_format/type").asText("").equals("json_object");
    }

    private void writeTools(Toolbox tools) {
        if (tools.tools().isEmpty()) {
            return;
        }
        ArrayNode list = body.putArray("tools");
        for (Toolbox.Tool tool : tools.tools()) {
            ObjectNode json = list.addObject().put("name", tool.name());
            if (tool.description() != null) {
                json.put("description", tool.description());
            }
            boolean strict = tool.strict() && model.keepsToSchemas() && !ClaudeSchema.isOpen(tool.parameters());
            json.set("input_schema",
                    strict ? ClaudeSchema.nearest(tool.parameters(), "tools", gaps) : tool.parameters());
            if (strict) {
                json.put("strict", true);
            }
            if (tool.cacheControl() != null) {
                json.set("cache_control", tool.cacheControl());
            }
        }
        ObjectNode choice = JsonNodeFactory.instance.objectNode();
        switch (tools.choice()) {
            case Toolbox.Choice.Auto _ -> choice.put("type", "auto");
            case Toolbox.Choice.None _ -> choice.put("type", "none");
            case Toolbox.Choice.Required _ -> choice.put("type", "any");
            case Toolbox.Choice.Named(String name) -> choice.put("type", "tool").put("name", name);
        }
        if (tools.oneAtATime() && !(tools.choice() instanceof Toolbox.Choice.None)) {
            choice.put("disable_parallel_tool_use", true);
        }
        if (choice.size() > 1 || !(tools.choice() instanceof Toolbox.Choice.Auto) || request.has("tool_choice")) {
            body.set("tool_choice", choice);
        }
    }

    private void setUnlessNull(String field, @Nullable JsonNode value) {
        if (value != null) {
            body.set(field, value);
        }
    }

    private void writeRest() {
        setUnlessNull("stop_sequences", Sampling.stop(request, gaps));
        String user = request.path("safety_identifier").asText(request.path("user").asText(""));
        if (!user.isEmpty()) {
            body.putObject("metadata").put("user_id", user);
        }
        switch (request.path("service_tier").asText("")) {
            case "default" -> body.put("service_tier", "standard_only");
            case "", "auto", "priority" -> {
            }
            default -> gaps.drop("service_tier");
        }
    }
}
