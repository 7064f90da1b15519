package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Holds the declared shape against OpenAI's published specification, field by field and level by level. */
class OpenApiAgreementTest {
    private Map<String, Object> schemas = Map.of();
    private int compared;

    @Test
    void knowsEveryFieldOfOpenAisSpecificationWithItsTypeRangeAndValues() throws IOException {
        Path file = SharedFolder.find("PENSTOCK_DATA", "data").resolve("openai-openapi.yaml");
        String yaml = Files.readString(file).replaceAll("(?m)^ +$", ""); // one such line is no valid YAML
        var settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        schemas = map(map(map(new Load(settings).loadFromString(yaml)).get("components")).get("schemas"));
        agree("", ChatRequestShape.REQUEST, map(schemas.get("CreateChatCompletionRequest")));
        assertThat(compared).isGreaterThan(150);
    }

    private void agree(String path, Shape shape, Map<String, Object> declared) {
        Map<String, Object> schema = resolve(declared);
        compared++;
        switch (shape) {
            case Compound.Noted(var inner, _) -> agree(path, inner, schema);
            case Compound.Part(var inner) -> agree(path, inner, schema);
            case Compound.OrNull(var inner) -> agree(path, inner, schema);
            case Compound.Either(var first, var second) -> {
                List<Map<String, Object>> choices = alternatives(schema);
                if (choices.size() == 1) { // we take in more than OpenAI
                    agree(path, first, schema);
                } else {
                    agree(path + "|1", first, one(choices, first));
                    List<Map<String, Object>> rest = choices.stream().filter(c -> !c.equals(one(choices, first)))
                            .toList();
                    agree(path + "|2", second, rest.size() == 1 ? rest.getFirst() : Map.of("oneOf", rest));
                }
            }
            case Compound.Variants(var discriminator, var shapes, var none, _) -> {
                for (Map<String, Object> choice : alternatives(schema)) {
                    var tag = map(map(choice.get("properties")).get(discriminator));
                    String value = (String) list(tag.get("enum")).getFirst();
                    assertThat(shapes).as(path).containsKey(value);
                    agree(path + "<" + value + ">", shapes.getOrDefault(value, none), choice);
                }
            }
            case ObjectShape object -> agreeOnFields(path, object, schema);
            case Compound.Array(var item, int min, int max) -> {
                type(path, schema, "array");
                assertThat(min).as(path).isEqualTo(schema.getOrDefault("minItems", 0));
                assertThat(max).as(path).isEqualTo(schema.getOrDefault("maxItems", Integer.MAX_VALUE));
                agree(path + "[]", item, map(schema.get("items")));
            }
            case Compound.AnyObject _,Compound.Metadata _ ->
                assertThat(schema).as(path).containsKey("additionalProperties");
            case Scalar.Text(_, int max) -> {
                type(path, schema, "string");
                if (schema.containsKey("maxLength") || !path.equals(".model")) { // no name of a model is that long
                    assertThat(max).as(path).isEqualTo(schema.getOrDefault("maxLength", Integer.MAX_VALUE));
                }
                assertThat(schema.get("enum")).as(path).isNull();
            }
            case Scalar.Choice(var values) -> {
                type(path, schema, "string");
                assertThat(values).as(path).containsExactlyInAnyOrderElementsOf(strings(schema.get("enum")));
            }
            case Scalar.Bool _ -> type(path, schema, "boolean");
            case Scalar.Int(long min, long max) -> {
                type(path, schema, "integer");
                agreeOnRange(path, min, max, schema);
            }
            case Scalar.Decimal(long min, long max) -> {
                type(path, schema, "number");
                agreeOnRange(path, min, max, schema);
            }
        }
    }

    private void agreeOnFields(String path, ObjectShape object, Map<String, Object> schema) {
        type(path, schema, "object");
        var fields = new LinkedHashMap<String, Shape.Field>();
        object.fields().forEach(field -> fields.put(field.name(), field));
        Map<String, Object> properties = map(schema.get("properties"));
        assertThat(fields.keySet()).as(path).containsAll(properties.keySet());
        List<String> required = fields.values().stream().filter(Shape.Field::required).map(Shape.Field::name).toList();
        assertThat(required).as(path)
                .containsExactlyInAnyOrderElementsOf(strings(schema.getOrDefault("required", List.of())));
        properties.forEach((name, property) -> {
            Shape.Field field = fields.get(name);
            if (field != null) {
                agree(path + "." + name, field.shape(), map(property));
            }
        });
    }

    private static void agreeOnRange(String path, long min, long max, Map<String, Object> schema) {
        if (schema.get("minimum") instanceof Number minimum) {
            assertThat((double) min).as(path).isEqualTo(minimum.doubleValue());
        }
        if (schema.get("maximum") instanceof Number maximum) {
            assertThat((double) max).as(path).isEqualTo(maximum.doubleValue());
        }
    }

    private static void type(String path, Map<String, Object> schema, String type) {
        assertThat(schema.get("type")).as(path).isEqualTo(type);
    }

    /** A schema without references, allOf, and alternatives that are only another way to write null or any string. */
    private Map<String, Object> resolve(Map<String, Object> declared) {
        if (declared.get("$ref") instanceof String reference) {
            return resolve(map(schemas.get(reference.substring(reference.lastIndexOf('/') + 1))));
        }
        if (declared.containsKey("allOf")) {
            var merged = new LinkedHashMap<String, Object>(Map.of("type", "object"));
            var properties = new LinkedHashMap<String, Object>();
            for (Object part : list(declared.get("allOf"))) {
                Map<String, Object> schema = resolve(map(part));
                properties.putAll(map(schema.get("properties")));
                if (schema.containsKey("required")) {
                    merged.put("required", schema.get("required"));
                }
            }
            merged.put("properties", properties);
            return merged;
        }
        List<Map<String, Object>> alternatives = alternatives(declared);
        return alternatives.size() == 1 ? alternatives.getFirst() : declared;
    }

    private List<Map<String, Object>> alternatives(Map<String, Object> schema) {
        Object choices = schema.getOrDefault("oneOf", schema.get("anyOf"));
        if (choices == null) {
            return List.of(schema);
        }
        List<Map<String, Object>> all = list(choices).stream().flatMap(c -> alternatives(resolve(map(c))).stream())
                .filter(c -> !"null".equals(c.get("type"))).distinct().toList();
        Stream<Map<String, Object>> most = all.contains(Map.of("type", "string"))
                ? all.stream().filter(c -> !("string".equals(c.get("type")) && c.containsKey("enum")))
                : all.stream();
        return most.toList();
    }

    private static Map<String, Object> one(List<Map<String, Object>> choices, Shape shape) {
        String type = shape instanceof Compound ? "object" : "string";
        return choices.stream().filter(choice -> type.equals(choice.get("type"))).findFirst().orElseThrow();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(@Nullable Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(@Nullable Object value) {
        return value == null ? List.of() : (List<Object>) value;
    }

    private static List<String> strings(@Nullable Object value) {
        return list(value).stream().map(String.class::cast).toList();
    }
}
