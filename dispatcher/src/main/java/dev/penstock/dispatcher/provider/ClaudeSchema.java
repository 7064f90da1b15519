package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A JSON Schema as Claude models can be held to: objects are closed, and numbers, texts and lists have no bounds. As
 * Anthropic's own SDKs do, what is beyond that is left out rather than have the request refused.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/structured-outputs">Limitations</a>
 */
final class ClaudeSchema {
    private static final Set<String> BOUNDS = Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
            "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties");
    private static final Set<String> FORMATS = Set.of("date-time", "time", "date", "duration", "email", "hostname",
            "uri", "ipv4", "ipv6", "uuid");
    /** Fields whose values hold schemas, by name or in a list. */
    private static final List<String> NESTED = List.of("properties", "$defs", "definitions", "anyOf", "allOf", "oneOf");

    private boolean narrowed;

    private ClaudeSchema() {}

    /** Whether there is an object in it whose fields are not all named, to which no model can be held. */
    static boolean isOpen(JsonNode schema) {
        JsonNode additional = schema.path("additionalProperties");
        boolean open = additional.isObject() || additional.asBoolean();
        boolean free = schema.path("type").asText("").equals("object") && schema.path("properties").isEmpty()
                && additional.isMissingNode();
        return open || free || children(schema).anyMatch(ClaudeSchema::isOpen);
    }

    private static Stream<JsonNode> children(JsonNode schema) {
        return Stream.concat(Stream.of(schema.path("items")),
                NESTED.stream().flatMap(group -> schema.path(group).valueStream())).filter(JsonNode::isObject);
    }

    /** The nearest schema that a model can be held to; notes the field as changed if that says less. */
    static JsonNode nearest(JsonNode schema, String field, Gaps gaps) {
        JsonNode copy = schema.deepCopy();
        var visit = new ClaudeSchema();
        visit.narrow(copy);
        if (visit.narrowed) {
            gaps.drop(field);
        }
        return copy;
    }

    private void narrow(JsonNode schema) {
        var object = (ObjectNode) schema;
        for (String bound : BOUNDS) {
            narrowed |= object.remove(bound) != null;
        }
        if (object.path("minItems").asInt() > 1) {
            object.put("minItems", 1);
            narrowed = true;
        }
        if (object.path("format").isTextual() && !FORMATS.contains(object.path("format").asText(""))) {
            object.remove("format");
            narrowed = true;
        }
        if (object.has("properties") || object.path("type").asText("").equals("object")) {
            object.put("additionalProperties", false);
        }
        JsonNode one = object.remove("oneOf");
        if (one != null) {
            object.set("anyOf", one);
        }
        children(object).forEach(this::narrow);
    }
}
