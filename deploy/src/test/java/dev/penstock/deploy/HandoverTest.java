package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches whose lines go by their provider's own batch API, on real Kafka, over each API that there is. */
@TestInstance(Lifecycle.PER_CLASS)
class HandoverTest {
    private static final String SETTINGS = """
            providers:
              openai: {kind: OPENAI, baseUrl: SIMULATOR, apiKey: any, batchApi: {}}
              anthropic: {kind: ANTHROPIC, baseUrl: SIMULATOR, apiKey: any, batchApi: {pricePercent: 50}}
              gemini: {kind: GEMINI, baseUrl: SIMULATORbeta, apiKey: any, batchApi: {pricePercent: 50}}
            models:
              sim-small: {provider: openai, price: {input: 0.1, output: 0.4, serviceTiers: {batch: {input: 0.05, output: 0.2}}}}
              sim-claude: {provider: anthropic, model: sim-small, price: {input: 0.1, output: 0.4}}
              sim-gemini: {provider: gemini, model: sim-small, price: {input: 0.1, output: 0.4}}
            """;

    private Path folder;
    private TestBed bed;
    private ApiClient client;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        bed = new TestBed(folder, SETTINGS);
        client = ApiClient.of(Map.of("PENSTOCK_URL", "http://127.0.0.1:" + bed.port(), "PENSTOCK_API_KEY",
                TestBed.KEY));
    }

    @AfterAll
    void stop() {
        bed.close();
    }

    /** What the provider fails at, or does not get done in its time, is made good by calls of their own. */
    @ParameterizedTest
    @ValueSource(strings = {"sim-small", "sim-claude", "sim-gemini"})
    void everyLineIsAnsweredOnceAndPaidForAsItWasAnswered(String model) throws Exception {
        int lines = 300;
        long batches = bed.simulated("batches");
        long executed = bed.simulated("batch_lines");
        JsonNode job = run(submit(model, lines, i -> switch (i % 100) {
            case 7 -> "fault=400";
            case 8 -> "tokens=3 ttft=1 batch=503";
            case 9 -> "tokens=3 ttft=1 batch=stall";
            default -> "tokens=3 ttft=100 itl=1";
        }));

        assertThat(job.path("status").asText()).isEqualTo("completed");
        assertThat(bed.simulated("batches") - batches).isEqualTo(1);
        assertThat(bed.simulated("batch_lines") - executed).isEqualTo(lines - 9);
        assertThat(ids(job, "error_file_id")).containsExactlyInAnyOrder("line-7", "line-107", "line-207");
        assertThat(ids(job, "output_file_id")).containsExactlyInAnyOrderElementsOf(IntStream.range(0, lines)
                .filter(i -> i % 100 != 7).mapToObj(i -> "line-" + i).toList());
        List<UsageEvent> usage = usage(job, lines - 3);
        assertThat(usage).filteredOn(event -> isInBatch(event.getTokens())).hasSize(lines - 9);
        assertThat(usage).allSatisfy(event -> assertThat(event.getCostNanoUsd())
                .isEqualTo(cost(event.getTokens(), isInBatch(event.getTokens()) ? 50 : 100)));
        long spent = usage.stream().mapToLong(UsageEvent::getCostNanoUsd).sum();
        assertThat(Math.round(job.at("/usage/cost").asDouble() * 1e9)).isEqualTo(spent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim-small", "sim-claude", "sim-gemini"})
    void aCancelledJobIsCancelledAtTheProviderAndGivesWhatThatHasDone(String model) throws Exception {
        long batches = bed.simulated("batches");
        String batch = submit(model, 200, i -> i < 50 ? "tokens=3 ttft=1 itl=1" : "tokens=3 ttft=60000 itl=1");
        await().atMost(Duration.ofSeconds(20)).until(() -> bed.simulated("batches") > batches);
        client.post("/v1/batches/" + batch + "/cancel", ApiClient.JSON.createObjectNode());

        JsonNode job = run(batch);
        assertThat(job.path("status").asText()).isEqualTo("cancelled");
        List<String> done = ids(job, "output_file_id");
        assertThat(done).hasSize(50).doesNotHaveDuplicates();
        List<JsonNode> errors = lines(job, "error_file_id");
        assertThat(errors).hasSize(150).allSatisfy(line -> {
            assertThat(line.path("response").isNull()).isTrue();
            assertThat(line.at("/error/code").asText()).isEqualTo("batch_cancelled");
        });
        assertThat(usage(job, 50)).allMatch(event -> isInBatch(event.getTokens()));
    }

    private static boolean isInBatch(Tokens tokens) {
        return Price.BATCH.equals(tokens.getServiceTier());
    }

    /** At 0.1 and 0.4 USD for a million tokens, or so many percent of that. */
    private static long cost(Tokens tokens, int percent) {
        return (tokens.getInput() * 100 + tokens.getOutput() * 400) * percent / 100;
    }

    /** The usage of the lines that were answered, when there is so much. */
    private List<UsageEvent> usage(JsonNode job, int most) {
        String own = job.path("id").asText().substring("batch_".length());
        await().atMost(Duration.ofSeconds(20)).until(() -> completed(own).size() >= most);
        List<UsageEvent> usage = completed(own);
        assertThat(usage).extracting(UsageEvent::getRequestId).hasSize(most).doesNotHaveDuplicates();
        return usage;
    }

    private List<UsageEvent> completed(String own) {
        return bed.read(bed.settings.topics().usage()).stream()
                .filter(event -> event.getRequestId().contains(own) && event.getEnd() == AttemptEnd.COMPLETED)
                .toList();
    }

    private String submit(String model, int count, IntFunction<String> words)
            throws IOException, InterruptedException {
        String lines = IntStream.range(0, count).mapToObj(i -> "{\"custom_id\":\"line-" + i
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"" + model
                + "\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"[[sim " + words.apply(i) + "]] "
                + i + "\"}]}}").collect(Collectors.joining("\n"));
        String file = client.upload("/v1/files", Files.writeString(folder.resolve("input.jsonl"), lines), "batch")
                .path("id").asText();
        return client.post("/v1/batches", ApiClient.JSON.createObjectNode().put("input_file_id", file)
                .put("endpoint", "/v1/chat/completions").put("completion_window", "24h")).path("id").asText();
    }

    private JsonNode run(String batch) throws IOException, InterruptedException {
        await().atMost(Duration.ofSeconds(60)).until(() -> List.of("completed", "cancelled", "failed", "expired")
                .contains(client.get("/v1/batches/" + batch).path("status").asText()));
        return client.get("/v1/batches/" + batch);
    }

    private List<String> ids(JsonNode job, String file) throws IOException, InterruptedException {
        return lines(job, file).stream().map(line -> line.path("custom_id").asText()).toList();
    }

    private List<JsonNode> lines(JsonNode job, String file) throws IOException, InterruptedException {
        Path path = folder.resolve(job.path(file).asText() + ".jsonl");
        Files.writeString(path, "What it held before is gone.\n".repeat(10_000));
        client.download("/v1/files/" + job.path(file).asText() + "/content", path);
        return Files.readAllLines(path).stream().map(ApiClient::parse).toList();
    }
}
