package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Prompt.Part;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request to Bedrock's Converse. What Converse has no field for but a model has goes into
 * {@code additionalModelRequestFields}, by the model's own names.
 */
final class BedrockRequest {
    private static final FieldRules FIELDS = new FieldRules(
            Set.of("messages", "n", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop",
                    "tools",
                    "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "reasoning",
                    "thinking", "service_tier"),
            Set.of("seed", "frequency_penalty", "presence_penalty", "logit_bias", "store", "metadata", "verbosity",
                    "prediction", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "min_p",
                    "repetition_penalty", "enable_thinking", "thinking_budget", "chat_template_kwargs", "user",
                    "safety_identifier"));

    private final JsonNode request;
    private final String modelId;
    private final ClaudeModel model;
    private final Gaps gaps;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();
    private final ObjectNode inference = JsonNodeFactory.instance.objectNode();
    private final ObjectNode additional = JsonNodeFactory.instance.objectNode();

    private BedrockRequest(JsonNode request, String modelId, Gaps gaps) {
        this.request = request;
        this.modelId = modelId;
        this.model = ClaudeModel.of(modelId);
        this.gaps = gaps;
    }

    /** Of no use if a gap is noted that cannot be done without. */
    static ObjectNode body(JsonNode request, String model, Gaps gaps) {
        gaps.check(request, FIELDS);
        var made = new BedrockRequest(request, model, gaps);
        made.write(PromptReader.read(request.path("messages"), gaps));
        return made.body;
    }

    private void write(Prompt prompt) {
        JsonNode schema = AnthropicRequest.schema(request);
        boolean asTool = schema != null && AnthropicRequest.isToBeTool(schema, model);
        Toolbox tools = tools(prompt, asTool ? schema : null);
        ClaudeThinking thinking = thinking(prompt, tools);
        var messages = new BedrockMessages(
                model.thinking() == ClaudeModel.Thinking.ADAPTIVE || thinking.byBudget(), gaps);
        ArrayNode system = JsonNodeFactory.instance.arrayNode();
        prompt.system().forEach(text -> messages.write(text, system));
        if (AnthropicRequest.wantsJson(request)) {
            system.addObject().put("text", AnthropicRequest.JSON_ONLY);
        }
        if (!system.isEmpty()) {
            body.set("system", system);
        }
        messages.write(prompt, body.putArray("messages"));
        writeTools(tools, prompt);
        writeInference(thinking);
        if (schema != null && !asTool) {
            body.putObject("outputConfig").putObject("textFormat").put("type", "json_schema").putObject("structure")
                    .putObject("jsonSchema")
                    .put("schema", ClaudeSchema.nearest(schema, "response_format", gaps).toString())
                    .put("name", request.at("/response_format/json_schema/name").asText("answer"));
        }
        if (!inference.isEmpty()) {
            body.set("inferenceConfig", inference);
        }
        if (!additional.isEmpty()) {
            body.set("additionalModelRequestFields", additional);
        }
        switch (request.path("service_tier").asText("")) {
            case "flex", "priority", "default" ->
                body.putObject("serviceTier").put("type", request.path("service_tier").asText(""));
            case "", "auto" -> {
            }
            default -> gaps.drop("service_tier");
        }
    }

    private Toolbox tools(Prompt prompt, @Nullable JsonNode answerSchema) {
        Toolbox tools = Toolbox.read(request, gaps).knowing(prompt);
        if (answerSchema != null) {
            return tools.forcing(new Toolbox.Tool(AnthropicRequest.ANSWER_TOOL, "Gives the answer.", answerSchema,
                    false, null));
        }
        boolean cannot = tools.forces() && !model.canBeForced();
        if (cannot) {
            gaps.drop("tool_choice");
        }
        return cannot ? tools.unforced() : tools;
    }

    /** Converse has no way to forbid tools; without them, calls in the prompt are not understood. */
    private void writeTools(Toolbox tools, Prompt prompt) {
        boolean calls = prompt.turns().stream().flatMap(turn -> turn.parts().stream())
                .anyMatch(part -> part instanceof Part.Call || part instanceof Part.Result);
        if (tools.tools().isEmpty() || tools.choice() instanceof Toolbox.Choice.None && !calls) {
            return;
        }
        ObjectNode config = body.putObject("toolConfig");
        ArrayNode list = config.putArray("tools");
        for (Toolbox.Tool tool : tools.tools()) {
            ObjectNode spec = list.addObject().putObject("toolSpec").put("name", tool.name());
            if (tool.description() != null && !tool.description().isEmpty()) {
                spec.put("description", tool.description());
            }
            boolean strict = tool.strict() && model.keepsToSchemas() && !ClaudeSchema.isOpen(tool.parameters());
            spec.putObject("inputSchema").set("json",
                    strict ? ClaudeSchema.nearest(tool.parameters(), "tools", gaps) : tool.parameters());
            if (strict) {
                spec.put("strict", true);
            }
            BedrockMessages.mark(tool.cacheControl(), list);
        }
        switch (tools.choice()) {
            case Toolbox.Choice.Auto _,Toolbox.Choice.None _ -> {
            }
            case Toolbox.Choice.Required _ -> config.putObject("toolChoice").putObject("any");
            case Toolbox.Choice.Named(String name) ->
                config.putObject("toolChoice").putObject("tool").put("name", name);
        }
        if (tools.oneAtATime()) {
            gaps.drop("parallel_tool_calls");
        }
    }

    private ClaudeThinking thinking(Prompt prompt, Toolbox tools) {
        if (model.isKnown()) {
            return claude(prompt, tools);
        }
        String effort = request.path("reasoning_effort").asText("");
        if (modelId.contains("gpt-oss") && List.of("low", "medium", "high").contains(effort)) {
            additional.put("reasoning_effort", effort);
        } else if (modelId.contains("nova-2") && List.of("low", "medium", "high").contains(effort)) {
            additional.putObject("reasoningConfig").put("type", "enabled").put("maxReasoningEffort", effort);
        } else if (!effort.isEmpty() && !effort.equals("none")) {
            gaps.drop("reasoning_effort");
        }
        for (String field : List.of("thinking", "reasoning")) {
            if (request.hasNonNull(field)) {
                gaps.drop(field);
            }
        }
        return ClaudeThinking.UNSAID;
    }

    private ClaudeThinking claude(Prompt prompt, Toolbox tools) {
        var thinking = ClaudeThinking.of(request, model, AnthropicRequest.maxTokens(request, model), tools.forces(),
                prompt.thoughtsLost(CarriedState.BEDROCK), gaps);
        if (thinking.thinking() != null) {
            additional.set(thinking.byBudget() ? "reasoning_config" : "thinking", thinking.thinking());
        }
        if (thinking.effort() != null) {
            additional.putObject("output_config").put("effort", thinking.effort());
        }
        return thinking;
    }

    private void writeInference(ClaudeThinking thinking) {
        if (request.hasNonNull("max_completion_tokens") || request.hasNonNull("max_tokens")) {
            inference.put("maxTokens", AnthropicRequest.maxTokens(request, model));
        }
        Sampling sampling = Sampling.of(request, model, thinking, gaps);
        if (sampling.temperature() != null) {
            inference.set("temperature", sampling.temperature());
        }
        if (sampling.topP() != null) {
            inference.set("topP", sampling.topP());
        }
        ArrayNode stop = Sampling.stop(request, gaps);
        if (stop != null) {
            inference.set("stopSequences", stop);
        }
        if (sampling.topK() != null) {
            if (model.isKnown()) {
                additional.set("top_k", sampling.topK());
            } else if (modelId.contains("amazon.nova")) {
                additional.putObject("inferenceConfig").set("topK", sampling.topK());
            } else {
                gaps.drop("top_k");
            }
        }
    }
}
