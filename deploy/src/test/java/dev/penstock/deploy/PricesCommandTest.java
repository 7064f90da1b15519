package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PricesCommandTest {
    private static final String SAME = """
            {"fast": {"litellm_provider": "acme", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}}
            """;

    @TempDir
    Path folder;

    @Test
    void nothingDiffersWhereTheTableSaysTheSame() throws IOException {
        FakePenstock.Run run = check(SAME);

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out().lines().filter(line -> line.startsWith("fast"))).singleElement().asString()
                .contains("same", "input 1 output 2");
        assertThat(run.out()).as("the shipped ones are not in it").contains("claude-opus-5", "there is no such model");
    }

    @Test
    void aDifferenceIsShownAndEndsWithOne() throws IOException {
        FakePenstock.Run run = check(SAME.replace("2e-6", "3e-6, \"input_cost_per_token_above_200k_tokens\": 2e-6"));

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out()).contains("different", "now    input 1 output 2",
                "table  input 1 output 3, above 200000: input 2 output 3", ": 1 different");
    }

    @Test
    void aRowThatCannotBeUsedSaysWhy() throws IOException {
        FakePenstock.Run run = check(SAME.replace("2e-6", "\"two\""));

        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("table  output_cost_per_token must be dollars a token");
    }

    @Test
    void aTableThatCannotBeReadIsAProblem() {
        assertThat(run(folder.resolve("none.json").toString())).satisfies(run -> {
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err()).contains("cannot be read");
        });
    }

    private FakePenstock.Run check(String table) throws IOException {
        return run(Files.writeString(folder.resolve("table.json"), table).toString());
    }

    private FakePenstock.Run run(String source) {
        try {
            Path config = Files.writeString(folder.resolve("test.yaml"), """
                    providers: {acme: {kind: OPENAI_COMPATIBLE, baseUrl: http://localhost, whenSet: ACME_KEY}}
                    models: {fast: {provider: acme, price: {input: 1, output: 2}}}
                    """);
            return FakePenstock.run(new Caller(Map.of(), InputStream.nullInputStream(), false), "prices", "check",
                    "--source", source, "--config", config.toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
