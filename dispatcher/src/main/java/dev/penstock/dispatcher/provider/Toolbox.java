package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Prompt.Part;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tools of a request, and what is to be done with them.
 *
 * @param oneAtATime whether a turn may call one only
 */
record Toolbox(List<Tool> tools, Choice choice, boolean oneAtATime) {
    /** @param parameters a JSON Schema of an object */
    record Tool(String name, @Nullable String description, JsonNode parameters, boolean strict,
            @Nullable JsonNode cacheControl) {}

    /** What the model is to do. */
    sealed interface Choice {
        /** As it likes. */
        record Auto() implements Choice {}

        /** Call nothing. */
        record None() implements Choice {}

        /** Call something. */
        record Required() implements Choice {}

        /** Call this. */
        record Named(String name) implements Choice {}
    }

    /** Reads {@code tools}, {@code tool_choice} and {@code parallel_tool_calls}. */
    static Toolbox read(JsonNode request, Gaps gaps) {
        JsonNode choice = request.path("tool_choice");
        JsonNode allowed = choice.path("allowed_tools");
        Set<String> names = new HashSet<>();
        allowed.path("tools").forEach(tool -> names.add(tool.at("/function/name").asText("")));
        var tools = new ArrayList<Tool>();
        for (int i = 0; i < request.path("tools").size(); i++) {
            JsonNode tool = request.path("tools").path(i);
            if (!tool.path("function").isObject()) {
                gaps.note("tools[" + i + "].type");
            } else if (names.isEmpty() || names.contains(tool.at("/function/name").asText(""))) {
                tools.add(tool(tool));
            }
        }
        if (choice.has("custom")) {
            gaps.note("tool_choice");
        }
        return new Toolbox(tools, choice(choice.has("allowed_tools") ? allowed.path("mode") : choice),
                request.has("parallel_tool_calls") && !request.path("parallel_tool_calls").asBoolean(true));
    }

    private static Tool tool(JsonNode tool) {
        JsonNode function = tool.path("function");
        return new Tool(function.path("name").asText(""),
                function.hasNonNull("description") ? function.path("description").asText("") : null,
                function.path("parameters").isObject() ? schema(function.path("parameters")) : anything(),
                function.path("strict").asBoolean(), tool.hasNonNull("cache_control")
                        ? tool.get("cache_control")
                        : null);
    }

    /** The type is required outside of OpenAI's dialect. */
    private static JsonNode schema(JsonNode parameters) {
        return parameters.has("type")
                ? parameters
                : JsonNodeFactory.instance.objectNode().put("type", "object")
                        .<ObjectNode>setAll((ObjectNode) parameters);
    }

    private static ObjectNode anything() {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        schema.putObject("properties");
        return schema;
    }

    private static Choice choice(JsonNode choice) {
        if (choice.isObject()) {
            return new Choice.Named(choice.at("/function/name").asText(""));
        }
        return switch (choice.asText("")) {
            case "none" -> new Choice.None();
            case "required" -> new Choice.Required();
            default -> new Choice.Auto();
        };
    }

    /** Whether a call is certain. */
    boolean forces() {
        return choice instanceof Choice.Required || choice instanceof Choice.Named;
    }

    /** The same with a free choice. */
    Toolbox unforced() {
        return new Toolbox(tools, new Choice.Auto(), oneAtATime);
    }

    /** With a tool that has to be called. */
    Toolbox forcing(Tool tool) {
        var more = new ArrayList<>(tools);
        more.add(tool);
        return new Toolbox(more, tools.isEmpty() || choice instanceof Choice.None
                ? new Choice.Named(tool.name())
                : new Choice.Required(), oneAtATime);
    }

    /** With those tools that the prompt tells of, if there are no others: their calls are not understood without. */
    Toolbox knowing(Prompt prompt) {
        if (!tools.isEmpty()) {
            return this;
        }
        Map<String, Tool> called = new LinkedHashMap<>();
        for (Prompt.Turn turn : prompt.turns()) {
            for (Part part : turn.parts()) {
                if (part instanceof Part.Call call) {
                    called.put(call.name(), new Tool(call.name(), null, anything(), false, null));
                }
            }
        }
        return called.isEmpty() ? this : new Toolbox(List.copyOf(called.values()), new Choice.None(), oneAtATime);
    }
}
