package dev.penstock.deploy.simulator;

import static dev.penstock.deploy.simulator.Caller.chat;
import static dev.penstock.deploy.simulator.Caller.parse;
import static dev.penstock.deploy.simulator.Caller.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the simulator sends, held against OpenAI's own description: required fields, known fields, types. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class OpenAiShapesTest {
    private Caller caller;
    private String api;

    @BeforeAll
    void start() throws Exception {
        var file = description();
        assumeTrue(file.isPresent(), "skipped: no openai-openapi.yaml; set PENSTOCK_DATA to the folder that has it");
        api = Files.readString(file.get());
        caller = new Caller(SimulatorSettings.DEFAULT);
    }

    @AfterAll
    void stop() {
        if (caller != null) {
            caller.close();
        }
    }

    @Test
    void completionsAreOfOpenAisShape() throws Exception {
        assertThat(problems("CreateChatCompletionResponse", caller.answer(chat("[[sim itl=0]]").put("n", 2))))
                .isEmpty();
        assertThat(problems("CreateChatCompletionResponse", caller.answer(calling(chat("[[sim itl=0]]"))))).isEmpty();
    }

    @Test
    void chunksAreOfOpenAisShape() throws Exception {
        for (var body : List.of(stream("[[sim itl=0]]"), calling(stream("[[sim itl=0]]")))) {
            ((ObjectNode) body).putObject("stream_options")
                    .put("include_usage", true);
            for (var event : caller.events(body)) {
                if (event.path("usage").isNull()) {
                    // The description asks for this null in its prose, but forgets it in the type.
                    ((ObjectNode) event).remove("usage");
                }
                assertThat(problems("CreateChatCompletionStreamResponse", event)).isEmpty();
            }
        }
    }

    @Test
    void responsesAreOfOpenAisShape() throws Exception {
        for (String more : List.of("", ",'tool_choice':'required','tools':[{'type':'function','name':'f'}]",
                ",'reasoning':{'effort':'low','summary':'auto'},'include':['reasoning.encrypted_content']")) {
            String asked = "{'model':'sim-small','input':'[[sim itl=0 tokens=3]]'" + more;
            JsonNode whole = respond(asked + "}").map(Caller::parse).findFirst().orElseThrow();
            assertThat(problems("Response", whole)).isEmpty();
            respond(asked + ",'stream':true}").filter(line -> line.startsWith("data: ")).forEach(line -> {
                JsonNode event = parse(line.substring("data: ".length()));
                if (event.path("response").path("usage").isNull()) {
                    ((ObjectNode) event.path("response")).remove("usage"); // the same null
                }
                assertThat(problems("ResponseStreamEvent", event)).isEmpty();
            });
        }
    }

    private Stream<String> respond(String body) throws Exception {
        return caller.postTo("/v1/responses", parse(body.replace('\'', '"'))).body().lines();
    }

    @Test
    void errorsAndModelsAreOfOpenAisShape() throws Exception {
        for (String fault : List.of("400", "401", "429", "503")) {
            var error = parse(caller.post(chat("[[sim " + fault + "]]")).body());
            assertThat(problems("ErrorResponse", error)).isEmpty();
        }
        assertThat(problems("ListModelsResponse", caller.get("/v1/models"))).isEmpty();
    }

    private static JsonNode calling(JsonNode body) {
        var object = (ObjectNode) body;
        object.put("tool_choice", "required").putArray("tools").addObject().put("type", "function")
                .putObject("function").put("name", "f");
        return object;
    }

    private List<String> problems(String schema, JsonNode value) {
        var problems = new ArrayList<String>();
        check(schema(schema), value, schema, problems);
        return problems;
    }

    /** Reads one schema's lines only: the whole is large, and has examples that strict YAML refuses. */
    private JsonNode schema(String name) {
        int start = api.indexOf("\n    " + name + ":\n", api.indexOf("\n  schemas:\n"));
        var lines = api.substring(start + 1).lines().toList();
        int end = 1;
        while (lines.get(end).isBlank() || lines.get(end).startsWith("     ")) {
            end++;
        }
        return Caller.MAPPER.valueToTree(
                new Load(LoadSettings.builder().build()).loadFromString(String.join("\n", lines.subList(1, end))));
    }

    private void check(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (schema.has("$ref")) {
            check(schema(schema.path("$ref").asText().replace("#/components/schemas/", "")), value, path, problems);
            return;
        }
        if (schema.has("allOf")) {
            check(merged(schema), value, path, problems);
            return;
        }
        if (schema.has("anyOf") || schema.has("oneOf")) {
            var choices = new ArrayList<List<String>>();
            for (var choice : schema.has("anyOf") ? schema.path("anyOf") : schema.path("oneOf")) {
                var found = new ArrayList<String>();
                check(choice, value, path, found);
                choices.add(found);
            }
            if (choices.stream().noneMatch(List::isEmpty)) {
                problems.addAll(Collections.min(choices, Comparator.comparing(List::size)));
            }
            return;
        }
        if (value.isNull() && schema.path("nullable").asBoolean() || matches(schema.path("type").asText(), value)) {
            checkInside(schema, value, path, problems);
        } else {
            problems.add(path + " is not of type " + schema.path("type").asText());
        }
    }

    /** What all of its parts say together. */
    private JsonNode merged(JsonNode schema) {
        ObjectNode all = Caller.MAPPER.createObjectNode().put("type", "object");
        for (JsonNode part : schema.path("allOf")) {
            JsonNode one = part.has("$ref")
                    ? schema(part.path("$ref").asText().replace("#/components/schemas/", ""))
                    : part;
            JsonNode flat = one.has("allOf") ? merged(one) : one;
            all.withObject("/properties").setAll((ObjectNode) flat.path("properties"));
            all.withArrayProperty("required").addAll((ArrayNode) flat.withArray("required"));
        }
        return all;
    }

    private void checkInside(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (schema.has("enum") && value.isTextual()
                && !schema.path("enum").valueStream().toList().contains(value)) {
            problems.add(path + " is none of the values allowed");
        }
        if (value.isObject()) {
            schema.path("required").forEach(name -> {
                if (!value.has(name.asText())) {
                    problems.add(path + "." + name.asText() + " is missing");
                }
            });
            value.properties().forEach(field -> {
                var known = schema.path("properties").path(field.getKey());
                if (known.isMissingNode()) {
                    problems.add(path + "." + field.getKey() + " is unknown");
                } else {
                    check(known, field.getValue(), path + "." + field.getKey(), problems);
                }
            });
        }
        value.elements().forEachRemaining(item -> {
            if (value.isArray()) {
                check(schema.path("items"), item, path + "[]", problems);
            }
        });
    }

    private static boolean matches(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> true;
        };
    }

    private static Optional<Path> description() throws IOException {
        var folders = Stream.<Path>builder();
        Optional.ofNullable(System.getenv("PENSTOCK_DATA")).map(Path::of).ifPresent(folders);
        for (var up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            folders.add(up.resolveSibling("shared").resolve("data"));
        }
        return folders.build().map(folder -> folder.resolve("openai-openapi.yaml")).filter(Files::exists).findFirst();
    }
}
