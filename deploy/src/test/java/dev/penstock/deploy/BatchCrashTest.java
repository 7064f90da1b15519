package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A batch whose processes are killed: its ingress, which runs it, and the dispatcher with the lines that it has. */
class BatchCrashTest {
    private static final String KEY = "sk-test";
    private static final int LINES = 1_200;

    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();
    private final Map<String, Process> latest = new HashMap<>();
    private List<String> common = List.of();

    @AfterEach
    void stop() {
        Collections.reverse(processes);
        for (Process process : processes) {
            process.destroy();
            process.onExit().join();
        }
    }

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void everyLineIsInTheOutputOnceThoughWhoRanItWasKilled() throws Exception {
        String kafka = start("broker", "127.0.0.1", "--port", "0", "--data", folder.resolve("broker").toString());
        String simulator = start("simulator", "http", "--port", "0");
        Path settings = Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                kafka: {partitions: 2}
                batches: {maxLines: 50000, window: 200}
                cluster: {members: [127.0.0.1]}
                """);
        common = List.of("--kafka", kafka, "--config", settings.toString(), "--simulator", simulator);
        start("metering", "Metering", with("--data", folder.resolve("metering").toString()));
        start("dispatcher", "dispatcher", with());
        ApiClient client = ingress();
        String batch = submit(client);

        await().atMost(Duration.ofMinutes(1)).until(() -> done(client, batch) > LINES / 6);
        kill("ingress");
        ApiClient second = ingress();
        await().atMost(Duration.ofMinutes(1)).until(() -> done(second, batch) > LINES / 2);
        kill("dispatcher");
        start("dispatcher", "dispatcher", with());

        await().atMost(Duration.ofMinutes(2)).until(() -> second.get("/v1/batches/" + batch).path("status").asText()
                .equals("completed"));
        JsonNode ended = second.get("/v1/batches/" + batch);
        assertThat(ended.at("/request_counts/completed").asInt()).isEqualTo(LINES);
        Path output = folder.resolve("output.jsonl");
        second.download("/v1/files/" + ended.path("output_file_id").asText() + "/content", output);
        assertThat(Files.readAllLines(output)).extracting(line -> ApiClient.parse(line).path("custom_id").asText())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, LINES).mapToObj(i -> "line-" + i).toList());
    }

    private String submit(ApiClient client) throws IOException, InterruptedException {
        String lines = IntStream.range(0, LINES).mapToObj(i -> "{\"custom_id\":\"line-" + i
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"sim-small\","
                + "\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"[[sim tokens=3 ttft=1500 itl=1]] " + i + "\"}]}}").collect(Collectors.joining("\n"));
        Path input = Files.writeString(folder.resolve("input.jsonl"), lines);
        String file = client.upload("/v1/files", input, "batch").path("id").asText();
        return client.post("/v1/batches", ApiClient.JSON.createObjectNode().put("input_file_id", file)
                .put("endpoint", "/v1/chat/completions").put("completion_window", "24h")).path("id").asText();
    }

    private static int done(ApiClient client, String batch) throws IOException, InterruptedException {
        return client.get("/v1/batches/" + batch).at("/request_counts/completed").asInt();
    }

    private ApiClient ingress() throws IOException {
        String url = start("ingress", "http", with("--port", "0", "--data", folder.resolve("files").toString()));
        return ApiClient.of(Map.of("PENSTOCK_URL", url, "PENSTOCK_API_KEY", KEY));
    }

    private void kill(String command) throws IOException, InterruptedException {
        latest.get(command).destroyForcibly().waitFor();
        Files.delete(folder.resolve(command + ".log"));
    }

    private String[] with(String... more) {
        return Stream.concat(common.stream(), Stream.of(more)).toArray(String[]::new);
    }

    /** Returns, when the command says a line with it, the word of that line which starts with this. */
    private String start(String command, String word, String... options) throws IOException {
        Path output = folder.resolve(command + ".log");
        Process process = Processes.start(output, KEY,
                Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new));
        processes.add(process);
        latest.put(command, process);
        await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, word).isEmpty());
        return Stream.of(Processes.line(output, word).split(" ")).filter(each -> each.startsWith(word)).findFirst()
                .orElseThrow();
    }
}
