package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchError;
import dev.penstock.schemas.event.BatchStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The Batch object in each of its statuses, field by field against OpenAI's published description and its example. */
@TestInstance(Lifecycle.PER_CLASS)
class BatchJsonTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant CREATED = Instant.ofEpochSecond(1_711_471_533);
    private JsonNode schemas = JSON.missingNode();
    private JsonNode example = JSON.missingNode();

    @BeforeAll
    void read() throws IOException {
        String yaml = Files.readString(specification()).replaceAll("(?m)^ +$", ""); // one such line is no valid YAML
        var settings = LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        schemas = JSON.valueToTree(new Load(settings).loadFromString(yaml)).path("components").path("schemas");
        String shown = schemas.at("/Batch/x-oaiMeta/example").asText();
        example = JSON.readTree(shown.replaceAll(",(\\s*})", "$1")); // its last field has a comma too many
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
    void theStatusesAreOpenAis() {
        assertThat(Stream.of(BatchStatus.values()).map(BatchJsonTest::name))
                .containsExactlyInAnyOrderElementsOf(schemas.at("/Batch/properties/status/enum").valueStream()
                        .map(JsonNode::asText).toList());
    }

    @ParameterizedTest
    @EnumSource
    void aBatchHasTheFieldsOfTheExampleInItsOrder(BatchStatus status) throws IOException {
        var expected = new ArrayList<>(fields(example));
        if (status == BatchStatus.VALIDATING || status == BatchStatus.FAILED) {
            expected.remove("model"); // is known when the lines have been read
        }

        assertThat(fields(json(status))).isEqualTo(expected);
        assertThat(fields(json(status).path("request_counts"))).isEqualTo(fields(example.path("request_counts")));
        var usage = new ArrayList<>(fields(example.path("usage")));
        usage.add("cost");
        assertThat(fields(json(status).path("usage"))).isEqualTo(usage);
    }

    @ParameterizedTest
    @EnumSource
    void eachFieldIsOfItsTypeAndUnsetOnesAreNull(BatchStatus status) throws IOException {
        var problems = new ArrayList<String>();
        check(schemas.path("Batch"), json(status), "batch", problems);

        assertThat(problems).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void eachStatusHasItsTimes(BatchStatus status) throws IOException {
        Set<String> set = new TreeSet<>();
        json(status).properties().forEach(field -> {
            if (field.getKey().endsWith("_at") && !field.getValue().isNull()) {
                set.add(field.getKey().replaceFirst("_at$", ""));
            }
        });

        assertThat(set).containsExactlyInAnyOrderElementsOf(switch (status) {
            case VALIDATING -> List.of("created", "expires");
            case FAILED -> List.of("created", "expires", "failed");
            case IN_PROGRESS -> List.of("created", "expires", "in_progress");
            case FINALIZING -> List.of("created", "expires", "in_progress", "finalizing");
            case COMPLETED -> List.of("created", "expires", "in_progress", "finalizing", "completed");
            case EXPIRED -> List.of("created", "expires", "in_progress", "finalizing", "expired");
            case CANCELLING -> List.of("created", "expires", "in_progress", "cancelling");
            case CANCELLED -> List.of("created", "expires", "in_progress", "cancelling", "finalizing", "cancelled");
        });
    }

    @Test
    void aFailedBatchTellsItsErrors() throws IOException {
        JsonNode errors = json(BatchStatus.FAILED).path("errors");

        assertThat(fields(errors)).containsExactlyElementsOf(fields(schemas.at("/Batch/properties/errors/properties")));
        assertThat(errors.at("/object").asText()).isEqualTo("list");
        assertThat(errors.path("data")).hasSize(2).allSatisfy(error -> assertThat(fields(error))
                .containsExactlyElementsOf(fields(schemas.at("/BatchError/properties"))));
        assertThat(errors.at("/data/0/line").asInt()).isEqualTo(3);
        assertThat(errors.at("/data/1/line").isNull()).isTrue();
    }

    /** A check that finds nothing is worth nothing. */
    @Test
    void whatIsWrongIsFound() throws IOException {
        var wrong = (ObjectNode) json(BatchStatus.COMPLETED);
        wrong.put("created_at", "yesterday").remove("endpoint");
        var problems = new ArrayList<String>();
        check(schemas.path("Batch"), wrong, "batch", problems);

        assertThat(problems).containsExactlyInAnyOrder("batch.created_at is no integer", "batch.endpoint is missing");
    }

    /** As the example does, a field that is not required may be null whatever its type. */
    private void check(JsonNode schema, JsonNode value, String path, List<String> problems) {
        if (schema.has("$ref")) {
            check(schemas.path(schema.path("$ref").asText().replaceFirst(".*/", "")), value, path, problems);
            return;
        }
        String type = schema.path("type").asText("");
        boolean fits = switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            default -> true;
        };
        if (!fits) {
            problems.add(path + " is no " + type);
        }
        if (schema.has("enum") && !schema.path("enum").valueStream().toList().contains(value)) {
            problems.add(path + " is none of the values allowed");
        }
        List<String> required = schema.path("required").valueStream().map(JsonNode::asText).toList();
        required.stream().filter(field -> !value.has(field)).forEach(field -> problems.add(path + "." + field
                + " is missing"));
        schema.path("properties").properties().forEach(field -> {
            JsonNode own = value.path(field.getKey());
            if (!own.isMissingNode() && (!own.isNull() || required.contains(field.getKey()))) {
                check(field.getValue(), own, path + "." + field.getKey(), problems);
            }
        });
        value.forEach(item -> {
            if (value.isArray()) {
                check(schema.path("items"), item, path + "[]", problems);
            }
        });
    }

    private static List<String> fields(JsonNode object) {
        var names = new ArrayList<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static String name(BatchStatus status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static JsonNode json(BatchStatus status) throws IOException {
        return JSON.readTree(BatchJson.batch(batch(status)));
    }

    private static Batch batch(BatchStatus status) {
        Batch.Builder batch = Batch.newBuilder().setBatchId("batch_abc123").setTenant("default").setKeyId("main")
                .setEndpoint("/v1/chat/completions").setInputFileId("file-abc123").setCompletionWindow("24h")
                .setMetadata(Map.of("customer_id", "user_123456789")).setStatus(status).setCreatedAt(CREATED)
                .setExpiresAt(CREATED.plusSeconds(86_400));
        Instant later = CREATED.plusSeconds(60);
        return switch (status) {
            case VALIDATING -> batch.build();
            case FAILED -> batch.setEndedAt(later)
                    .setErrors(List.of(new BatchError("invalid_json_line", "Not parseable.", null, 3),
                            new BatchError("empty_file", "Empty.", null, null)))
                    .build();
            case IN_PROGRESS -> begun(batch).build();
            case FINALIZING -> begun(batch).setFinalizingAt(later).build();
            case CANCELLING -> begun(batch).setCancellingAt(later).build();
            case COMPLETED, EXPIRED -> ended(begun(batch)).build();
            case CANCELLED -> ended(begun(batch).setCancellingAt(later)).build();
        };
    }

    private static Batch.Builder begun(Batch.Builder batch) {
        return batch.setInProgressAt(CREATED.plusSeconds(5)).setModel("sim-small").setTotal(100).setFed(100)
                .setCompleted(95).setFailed(5).setInputTokens(1_500).setCachedTokens(1_024).setOutputTokens(500)
                .setReasoningTokens(300).setCostNanoUsd(350_000);
    }

    private static Batch.Builder ended(Batch.Builder batch) {
        return batch.setFinalizingAt(CREATED.plusSeconds(60)).setEndedAt(CREATED.plusSeconds(61))
                .setOutputFileId("file-cvaTdG").setErrorFileId("file-HOWS94");
    }
}
