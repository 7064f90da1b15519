package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;

/** Declares functions, and says which of them the model may or must call. */
final class GeminiTools {
    private GeminiTools() {}

    static void write(JsonNode asked, GeminiModel model, ObjectNode request) {
        ArrayNode declarations = JsonNodeFactory.instance.arrayNode();
        JsonNode choice = asked.path("tool_choice");
        Set<String> only = allowed(choice.path("allowed_tools"));
        for (JsonNode tool : asked.path("tools")) {
            JsonNode function = tool.path("function");
            if (function.isObject() && (only.isEmpty() || only.contains(function.path("name").asText()))) {
                declarations.add(declaration(function, model));
            }
        }
        ArrayNode tools = JsonNodeFactory.instance.arrayNode();
        if (!declarations.isEmpty()) {
            tools.addObject().set("functionDeclarations", declarations);
        }
        if (asked.hasNonNull("web_search_options")) {
            tools.addObject().putObject("googleSearch");
        }
        if (!tools.isEmpty()) {
            request.set("tools", tools);
        }
        if (!declarations.isEmpty()) {
            ObjectNode calling = calling(choice);
            if (!calling.isEmpty()) {
                request.putObject("toolConfig").set("functionCallingConfig", calling);
            }
        }
    }

    /** Notes the tools that are not functions. */
    static void check(JsonNode tools, Gaps gaps) {
        for (int i = 0; i < tools.size(); i++) {
            if (!tools.path(i).path("function").isObject()) {
                gaps.note("tools[" + i + "]");
            }
        }
    }

    private static Set<String> allowed(JsonNode allowedTools) {
        var names = new HashSet<String>();
        allowedTools.path("tools").forEach(tool -> names.add(tool.at("/function/name").asText()));
        return names;
    }

    private static ObjectNode declaration(JsonNode function, GeminiModel model) {
        ObjectNode declaration = JsonNodeFactory.instance.objectNode().put("name", function.path("name").asText());
        if (function.hasNonNull("description")) {
            declaration.set("description", function.get("description"));
        }
        JsonNode parameters = function.path("parameters");
        if (parameters.isEmpty()) {
            return declaration;
        }
        if (model.takesJsonSchema()) {
            declaration.set("parametersJsonSchema", parameters);
        } else if (!parameters.path("properties").isEmpty()) {
            // An object without properties is refused.
            declaration.set("parameters", GeminiSchema.subset(parameters));
        }
        return declaration;
    }

    /** Empty where the model is free to choose. */
    private static ObjectNode calling(JsonNode choice) {
        ObjectNode calling = JsonNodeFactory.instance.objectNode();
        String named = choice.path("function").path("name").asText();
        String mode = choice.isTextual() ? choice.asText() : choice.at("/allowed_tools/mode").asText();
        if (!named.isEmpty()) {
            calling.put("mode", "ANY").putArray("allowedFunctionNames").add(named);
        } else if (mode.equals("required")) {
            calling.put("mode", "ANY");
        } else if (mode.equals("none")) {
            calling.put("mode", "NONE");
        }
        return calling;
    }
}
