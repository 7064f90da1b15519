package dev.penstock.ingress.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.BatchError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ValidationTest {
    @Test
    void aGoodInputIsCountedAndItsModelFound() throws IOException {
        Validation validation = of(line("a", "m") + "\n\r\n  \n" + line("b", "m") + "\r\n" + line("c", "m"));

        assertThat(validation.errors()).isEmpty();
        assertThat(validation.count()).isEqualTo(3);
        assertThat(validation.model()).isEqualTo("m");
    }

    @Test
    void severalModelsAreNoModel() throws IOException {
        assertThat(of(line("a", "m") + "\n" + line("b", "n")).model()).isNull();
    }

    @Test
    void everyBadLineIsNamed() throws IOException {
        Validation validation = of(line("a", "m") + "\n{\n" + line("a", "m") + "\n" + line("d", "unknown"));

        assertThat(validation.errors()).extracting(BatchError::getCode).containsExactly("invalid_json_line",
                "duplicate_custom_id", "model_not_found");
        assertThat(validation.errors()).extracting(BatchError::getLine).containsExactly(2, 3, 4);
    }

    @Test
    void anEmptyInputAndOneThatIsTooLongAreRefused() throws IOException {
        assertThat(of(" \n\n").errors()).extracting(BatchError::getCode).containsExactly("empty_file");
        assertThat(of((line("a", "m") + "\n").repeat(6)).errors()).extracting(BatchError::getCode)
                .containsExactly("too_many_tasks");
    }

    @Test
    void linesKnowWhereTheNextBeginsAndAreCutAtTheLongest() throws IOException {
        byte[] bytes = "one\n\ntwo-and-more\nthree".getBytes(StandardCharsets.UTF_8);
        try (var lines = new InputLines(new ByteArrayInputStream(bytes), 0, 8)) {
            assertThat(lines.next()).asString().isEqualTo("one");
            assertThat(lines.offset()).isEqualTo(4);
            assertThat(lines.next()).asString().isEqualTo("two-and-");
            assertThat(lines.offset()).isEqualTo(18);
            assertThat(lines.next()).asString().isEqualTo("three");
            assertThat(lines.next()).isNull();
            assertThat(lines.offset()).isEqualTo(bytes.length);
        }
    }

    private static Validation of(String input) throws IOException {
        var lines = new InputLines(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), 0, 1 << 20);
        try (var validation = new Validation(lines, "/v1/chat/completions", 5, model -> !model.equals("unknown"))) {
            while (!validation.step(2)) {
                assertThat(validation.count()).isPositive();
            }
            return validation;
        }
    }

    private static String line(String id, String model) {
        return "{\"custom_id\":\"" + id
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\""
                + model + "\"}}";
    }
}
