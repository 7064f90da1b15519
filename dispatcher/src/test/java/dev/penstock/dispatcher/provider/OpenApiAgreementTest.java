package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.event.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the encoders write, held against OpenAI's published specification: required fields, types, values. */
@TestInstance(Lifecycle.PER_CLASS)
class OpenApiAgreementTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private JsonNode schemas = JSON.missingNode();

    @BeforeAll
    void read() throws IOException {
        String yaml = Files.readString(specification()).replaceAll("(?m)^ +$", ""); // one such line is no valid YAML
        var settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        schemas = JSON.valueToTree(new Load(settings).loadFromString(yaml)).path("components").path("schemas");
    }

    private static Path specification() {
        String named = System.getenv("PENSTOCK_DATA");
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = (named == null ? at.resolve("shared/data") : Path.of(named)).resolve("openai-openapi.yaml");
            if (Files.exists(found)) {
                return found;
            }
        }
        return Assumptions.abort("there is no shared/data beside the repository, and PENSTOCK_DATA is not set");
    }

    @Test
    void everyEventOfAStreamedResponseIsOfItsSchema() {
        var checked = new ArrayList<String>();
        for (List<AnswerEvent.Delta> answer : List.of(OtherEncodersTest.everything(),
                List.of(OtherEncodersTest.said("a", null, null), OtherEncodersTest.end(FinishReason.LENGTH)))) {
            for (JsonNode event : OtherEncodersTest.events(OtherEncodersTest.stream(Format.RESPONSES, answer))) {
                String type = event.path("type").asText();
                if (event.at("/response/usage").isNull()) {
                    // OpenAI's examples have this null, its description forgets it in the type.
                    ((ObjectNode) event.path("response")).remove("usage");
                }
                assertThat(problems(schemaOf(type), event)).as(type).isEmpty();
                checked.add(type);
            }
        }
        assertThat(checked).contains("response.completed", "response.incomplete").hasSizeGreaterThan(40);
    }

    @Test
    void aResponseIsOfItsSchemaHoweverItEnds() {
        assertThat(problems("Response", OtherEncodersTest.whole(Format.RESPONSES, OtherEncodersTest.everything())))
                .isEmpty();
        StreamEncoder encoder = StreamEncoder.of(OtherEncodersTest.envelope(true, Format.RESPONSES),
                new Tally(400, null));
        encoder.delta(OtherEncodersTest.said("a", null, null));
        encoder.failed(ApiError.of(429, "requests", "rate_limit_exceeded", "Too many."));
        JsonNode failed = OtherEncodersTest.events(new String(encoder.take(), StandardCharsets.UTF_8)).getLast();
        assertThat(problems("ResponseFailedEvent", failed)).isEmpty();
    }

    @Test
    void aLegacyCompletionIsOfItsSchema() {
        JsonNode whole = OtherEncodersTest.whole(Format.COMPLETIONS, OtherEncodersTest.everything());

        assertThat(problems("CreateCompletionResponse", whole)).isEmpty();
    }

    @Test
    void whatAResponseIsAskedForByIsOfItsSchema() throws IOException {
        byte[] sent = Samples.sent(ProviderKind.OPENAI_RESPONSES, Samples.envelope(true, false,
                ResponsesDialectTest.EVERYTHING), Samples.candidate("gpt-5-pro")).body();

        assertThat(problems("CreateResponse", JSON.readTree(sent))).isEmpty();
    }

    /** A check that finds nothing is worth nothing. */
    @Test
    void whatIsMissingIsFound() {
        ObjectNode whole = (ObjectNode) OtherEncodersTest.whole(Format.RESPONSES, OtherEncodersTest.everything());
        whole.remove("created_at");
        ((ObjectNode) whole.path("output").path(2)).remove("role");

        assertThat(problems("Response", whole)).anyMatch(problem -> problem.contains("created_at"))
                .anyMatch(problem -> problem.contains("output"));
    }

    private String schemaOf(String type) {
        return schemas.properties().stream()
                .filter(schema -> schema.getKey().matches("Response.*Event")
                        && schema.getValue().at("/properties/type/enum/0").asText().equals(type))
                .findFirst().orElseThrow().getKey();
    }

    private List<String> problems(String schema, JsonNode value) {
        var problems = new ArrayList<String>();
        check(schemas.path(schema), value, schema, problems);
        return problems;
    }

    private void check(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (schema.has("$ref")) {
            check(schemas.path(schema.path("$ref").asText().replaceFirst(".*/", "")), value, path, problems);
            return;
        }
        JsonNode choices = schema.has("anyOf") ? schema.path("anyOf") : schema.path("oneOf");
        if (!choices.isEmpty() && Stream.iterate(0, i -> i < choices.size(), i -> i + 1).noneMatch(
                i -> fits(choices.path(i), value, path))) {
            problems.add(path + " is of no schema that it may be of");
        }
        schema.path("allOf").forEach(part -> check(part, value, path, problems));
        if (schema.has("type") && !isOf(schema.path("type").asText(), value) && !schema.path("nullable").asBoolean()) {
            problems.add(path + " is not of type " + schema.path("type").asText());
        }
        if (schema.has("enum") && !schema.path("enum").valueStream().toList().contains(value)) {
            problems.add(path + " is none of the values allowed");
        }
        schema.path("required").forEach(name -> {
            if (value.isObject() && !value.has(name.asText())) {
                problems.add(path + "." + name.asText() + " is missing");
            }
        });
        schema.path("properties").properties().forEach(field -> {
            if (value.has(field.getKey())) {
                check(field.getValue(), value.path(field.getKey()), path + "." + field.getKey(), problems);
            }
        });
        if (value.isArray() && schema.has("items")) {
            value.forEach(item -> check(schema.path("items"), item, path + "[]", problems));
        }
    }

    private boolean fits(JsonNode schema, JsonNode value, String path) {
        var problems = new ArrayList<String>();
        check(schema, value, path, problems);
        return problems.isEmpty();
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "null" -> value.isNull();
            default -> false;
        };
    }
}
