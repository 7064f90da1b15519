package dev.penstock.deploy.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassificationTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CSV = "text,\"the id\"\n\"Hello, \"\"you\"\"\nagain\",7\nplain,8\n";
    private static final String ANSWERED = "{\"custom_id\":\"row-%d\",\"response\":{\"status_code\":200,\"body\":"
            + "{\"choices\":[{\"message\":{\"content\":\"{\\\"label\\\":\\\"spam\\\"}\"}}]}},\"error\":null}\n";
    private static final String FAILED = "{\"custom_id\":\"row-%d\",\"response\":{\"status_code\":400,\"body\":"
            + "{\"error\":{\"message\":\"too long\"}}},\"error\":null}\n";

    @TempDir
    Path folder;

    @Test
    void everyRowIsAskedForOneOfTheLabels() throws IOException {
        Path input = folder.resolve("input.jsonl");
        int lines = classification("Spam? {{text}} ({{ the id }})").write(rows(CSV), input);

        assertThat(lines).isEqualTo(2);
        JsonNode line = JSON.readTree(Files.readAllLines(input).getFirst());
        assertThat(line.path("custom_id").asText()).isEqualTo("row-1");
        assertThat(line.path("body").path("messages").path(0).path("content").asText())
                .isEqualTo("Spam? Hello, \"you\"\nagain (7)");
        assertThat(line.at("/body/response_format/json_schema/schema/properties/label/enum")).hasToString(
                "[\"spam\",\"ham\"]");
    }

    @Test
    void aColumnThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> classification("{{txt}}").write(rows(CSV), folder.resolve("x")))
                .hasMessage("the template's {{txt}} is no column of the rows, which have text, the id");
    }

    @Test
    void labelsComeToTheirRowsInEveryFormat() throws IOException {
        var answers = new Answers();
        answers.read(Files.writeString(folder.resolve("out"), ANSWERED.formatted(2) + FAILED.formatted(1)));
        Path csv = folder.resolve("labelled.csv");
        Path json = folder.resolve("labelled.jsonl");
        Path avro = folder.resolve("labelled.avro");

        assertThat(LabelledRows.write(rows(CSV), answers, csv)).isEqualTo(1);
        LabelledRows.write(rows(CSV), answers, json);
        LabelledRows.write(rows(CSV), answers, avro);

        try (var labelled = new Rows(csv)) {
            assertThat(labelled.next()).hasToString(
                    "{\"text\":\"Hello, \\\"you\\\"\\nagain\",\"the id\":\"7\",\"label\":\"\",\"error\":\"too long\"}");
            assertThat(labelled.next().path("label").asText()).isEqualTo("spam");
        }
        assertThat(JSON.readTree(Files.readAllLines(json).getLast()).path("label").asText()).isEqualTo("spam");
        try (var records = new DataFileReader<GenericRecord>(avro.toFile(), new GenericDatumReader<>())) {
            assertThat(records.next().get("the_id")).hasToString("7");
            assertThat(records.next().get("label")).hasToString("spam");
        }
    }

    @Test
    void rowsOfJsonKeepTheirValues() throws IOException {
        Path rows = Files.writeString(folder.resolve("rows.jsonl"),
                "{\"n\":1.10,\"t\":\"a\"}\n{\"n\":null,\"t\":\"b\"}\n");
        Path input = folder.resolve("input.jsonl");
        classification("{{n}} {{t}}").write(rows, input);

        assertThat(Files.readAllLines(input)).extracting(
                line -> JSON.readTree(line).at("/body/messages/0/content").asText())
                .containsExactly("1.10 a", "null b");
    }

    private Path rows(String csv) throws IOException {
        return Files.writeString(folder.resolve("rows.csv"), csv);
    }

    private static Classification classification(String template) {
        return new Classification("m", new PromptTemplate(template), List.of("spam", "ham"));
    }
}
