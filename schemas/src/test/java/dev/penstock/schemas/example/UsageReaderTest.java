package dev.penstock.schemas.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class UsageReaderTest {
    private static final Path SOURCE = Path.of("src/test/java/dev/penstock/schemas/example/UsageReader.java");

    @Test
    void theReadmeShowsWhatCompiles() throws IOException {
        String code = Files.readString(SOURCE);
        assertThat(Files.readString(Path.of("README.md")))
                .contains(code.substring(code.indexOf("import ")));
    }
}
