package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Makes of a JSON Schema the subset of OpenAPI's that the models before Gemini 2.5 take. They refuse every keyword that
 * they do not know, so the result may allow more than the original, never less.
 *
 * @see <a href="https://ai.google.dev/api/caching#Schema">Schema</a>
 */
final class GeminiSchema {
    private static final Set<String> KEPT = Set.of("title", "description", "minItems", "maxItems", "minProperties",
            "maxProperties", "minLength", "maxLength", "pattern", "minimum", "maximum", "required", "default",
            "example", "nullable", "propertyOrdering");
    private static final Map<String, Set<String>> FORMATS = Map.of("string", Set.of("enum", "date-time"), "integer",
            Set.of("int32", "int64"), "number", Set.of("float", "double"));
    /** Deeper than this a schema that contains itself is cut: what is there may be anything. */
    private static final int DEEPEST = 16;

    private final JsonNode root;

    private GeminiSchema(JsonNode root) {
        this.root = root;
    }

    static ObjectNode subset(JsonNode schema) {
        return new GeminiSchema(schema).convert(schema, 0);
    }

    private ObjectNode convert(JsonNode written, int depth) {
        ObjectNode converted = JsonNodeFactory.instance.objectNode();
        JsonNode schema = resolve(written);
        if (depth > DEEPEST) {
            return converted.put("type", "OBJECT");
        }
        schema.properties().forEach(field -> {
            if (KEPT.contains(field.getKey())) {
                converted.set(field.getKey(), field.getValue());
            }
        });
        String type = type(schema, converted);
        if (!type.isEmpty()) {
            converted.put("type", type.toUpperCase(Locale.ROOT));
        }
        String format = schema.path("format").asText();
        if (FORMATS.getOrDefault(type, Set.of()).contains(format)) {
            converted.put("format", format);
        }
        enumeration(schema, type, converted);
        if (schema.path("items").isObject()) {
            converted.set("items", convert(schema.path("items"), depth + 1));
        }
        if (!schema.path("properties").isEmpty()) {
            ObjectNode properties = converted.putObject("properties");
            schema.path("properties").properties().forEach(
                    property -> properties.set(property.getKey(), convert(property.getValue(), depth + 1)));
        }
        alternatives(schema, converted, depth);
        return converted;
    }

    private JsonNode resolve(JsonNode schema) {
        JsonNode at = schema;
        for (int i = 0; i < DEEPEST && at.path("$ref").isTextual(); i++) {
            String ref = at.path("$ref").asText();
            at = ref.startsWith("#/") ? root.at(ref.substring(1)) : root;
        }
        return at.path("allOf").size() == 1 ? resolve(at.path("allOf").path(0)) : at;
    }

    /** The one type that is not null, in lower case; empty if there is none, or a choice. */
    private static String type(JsonNode schema, ObjectNode converted) {
        JsonNode type = schema.path("type");
        if (type.isTextual()) {
            return type.asText().toLowerCase(Locale.ROOT);
        }
        String found = "";
        for (JsonNode one : type) {
            if (one.asText().equals("null")) {
                converted.put("nullable", true);
            } else {
                found = found.isEmpty() ? one.asText() : found;
            }
        }
        return found.isEmpty() && schema.has("properties") ? "object" : found;
    }

    /** Only of strings. */
    private static void enumeration(JsonNode schema, String type, ObjectNode converted) {
        JsonNode values = schema.path("enum");
        if (schema.path("const").isTextual()) {
            converted.put("type", "STRING").putArray("enum").add(schema.path("const").asText());
        } else if (!values.isEmpty() && (type.equals("string") || type.isEmpty() && values.path(0).isTextual())) {
            ArrayNode kept = converted.put("type", "STRING").putArray("enum");
            for (JsonNode value : values) {
                if (value.isTextual()) {
                    kept.add(value);
                } else {
                    converted.put("nullable", true);
                }
            }
        }
    }

    private void alternatives(JsonNode schema, ObjectNode converted, int depth) {
        JsonNode choices = schema.path("anyOf").isEmpty() ? schema.path("oneOf") : schema.path("anyOf");
        ArrayNode kept = JsonNodeFactory.instance.arrayNode();
        for (JsonNode choice : choices) {
            if (choice.path("type").asText().equals("null")) {
                converted.put("nullable", true);
            } else {
                kept.add(convert(choice, depth + 1));
            }
        }
        if (kept.size() == 1) {
            converted.setAll((ObjectNode) kept.get(0));
        } else if (!kept.isEmpty()) {
            converted.set("anyOf", kept);
        }
    }
}
