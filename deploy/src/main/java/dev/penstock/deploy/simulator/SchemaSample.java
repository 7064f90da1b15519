package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Collections;
import java.util.List;

/**
 * The smallest value that satisfies a JSON Schema of the subset that OpenAI's structured outputs and tools know
 * (platform.openai.com/docs/guides/structured-outputs#supported-schemas): types, required properties, enum and const,
 * anyOf, local {@code $ref}s, the bounds of strings, numbers and arrays. A pattern or format is not met, except the
 * formats listed here.
 */
final class SchemaSample {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** Deeper than this only a schema whose recursion is required, which no finite value satisfies. */
    private static final int DEEPEST = 64;
    /** Deeper than this the last alternative is taken: a recursive one is written first by custom, its end last. */
    private static final int WAY_OUT = 8;

    private final JsonNode root;

    private SchemaSample(JsonNode root) {
        this.root = root;
    }

    static JsonNode of(JsonNode schema) {
        return new SchemaSample(schema).value(schema, 0);
    }

    private JsonNode value(JsonNode schema, int depth) {
        if (depth > DEEPEST) {
            return JSON.nullNode();
        }
        if (schema.path("$ref").isTextual()) {
            String ref = schema.path("$ref").textValue();
            return value(ref.startsWith("#/") ? root.at(ref.substring(1)) : root, depth + 1);
        }
        if (schema.has("const")) {
            return schema.path("const");
        }
        if (schema.has("enum")) {
            return schema.path("enum").path(0);
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            var choices = schema.path(choice);
            if (!choices.isEmpty()) {
                return value(choices.path(depth > WAY_OUT ? choices.size() - 1 : 0), depth + 1);
            }
        }
        return ofType(schema, type(schema), depth);
    }

    private static String type(JsonNode schema) {
        var type = schema.path("type");
        if (type.isArray()) {
            return type.path(0).asText();
        }
        return type.asText(schema.has("items") ? "array" : "object");
    }

    private JsonNode ofType(JsonNode schema, String type, int depth) {
        return switch (type) {
            case "string" -> JSON.textNode(text(schema));
            case "integer" -> JSON.numberNode((long) Math.ceil(number(schema, 1)));
            case "number" -> JSON.numberNode(number(schema, 0.5));
            case "boolean" -> JSON.booleanNode(true);
            case "null" -> JSON.nullNode();
            case "array" -> {
                var array = JSON.arrayNode();
                for (int i = 0; i < schema.path("minItems").asInt(); i++) {
                    array.add(value(schema.path("items"), depth + 1));
                }
                yield array;
            }
            default -> {
                var object = JSON.objectNode();
                schema.path("required").forEach(name -> object.set(name.asText(),
                        value(schema.path("properties").path(name.asText()), depth + 1)));
                yield object;
            }
        };
    }

    private static String text(JsonNode schema) {
        return switch (schema.path("format").asText()) {
            case "date-time" -> "2026-01-01T00:00:00Z";
            case "date" -> "2026-01-01";
            case "time" -> "00:00:00Z";
            case "duration" -> "PT1S";
            case "email" -> "water@example.com";
            case "hostname" -> "example.com";
            case "ipv4" -> "192.0.2.1";
            case "ipv6" -> "2001:db8::1";
            case "uri" -> "https://example.com/";
            case "uuid" -> "00000000-0000-4000-8000-000000000000";
            default -> {
                String word = String.join("", Collections.nCopies(1 + schema.path("minLength").asInt() / 5, "water"));
                yield word.substring(0, Math.min(word.length(), schema.path("maxLength").asInt(word.length())));
            }
        };
    }

    /** The smallest number in bounds, or the largest where only that is bounded, on the grid that is asked for. */
    private static double number(JsonNode schema, double step) {
        double grid = schema.path("multipleOf").asDouble(step);
        if (schema.has("minimum") || schema.has("exclusiveMinimum")) {
            double least = Math.max(schema.path("minimum").asDouble(Double.NEGATIVE_INFINITY),
                    Math.nextUp(schema.path("exclusiveMinimum").asDouble(Double.NEGATIVE_INFINITY)));
            return Math.ceil(least / grid) * grid;
        }
        double most = Math.min(schema.path("maximum").asDouble(0),
                Math.nextDown(schema.path("exclusiveMaximum").asDouble(Double.POSITIVE_INFINITY)));
        return Math.floor(most / grid) * grid;
    }
}
