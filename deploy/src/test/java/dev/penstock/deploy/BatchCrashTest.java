package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A batch whose processes are killed. In the short form its ingress, which runs it, and the dispatcher with the lines that
 * it has; with {@code -Dbatch.crash.lines=N} each process in turn, the broker too, {@value #ROUNDS} times.
 */
class BatchCrashTest {
    private static final String KEY = "sk-test";
    private static final String LONG_FORM = "batch.crash.lines";
    private static final int ROUNDS = 5;

    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();
    private final Map<String, Process> latest = new HashMap<>();
    private final Map<String, String[]> options = new HashMap<>();
    private List<String> common = List.of();

    @AfterEach
    void stop() {
        Processes.stop(processes);
    }

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void everyLineIsInTheOutputOnceThoughWhoRanItWasKilled() throws Exception {
        int lines = 1_200;
        startAll(200);
        ApiClient client = ingress(0);
        String batch = submit(client, lines, 1_500);

        await().atMost(Duration.ofMinutes(1)).until(() -> done(client, batch) > lines / 6);
        kill("ingress");
        ApiClient second = ingress(0);
        await().atMost(Duration.ofMinutes(1)).until(() -> done(second, batch) > lines / 2);
        kill("dispatcher");
        restart("dispatcher", "dispatcher");

        assertThatEachLineIsThereOnce(second, batch, lines, Duration.ofMinutes(2));
    }

    @Test
    @EnabledIfSystemProperty(named = LONG_FORM, matches = "\\d+")
    @Timeout(value = 40, unit = TimeUnit.MINUTES)
    void everyLineIsInTheOutputOnceAndPaidForOnceThoughEachProcessIsKilledAgainAndAgain() throws Exception {
        int lines = Integer.getInteger(LONG_FORM);
        startAll(Math.clamp(lines / 150, 10, 1_000)); // at a pace that leaves something to do after the last kill
        int port = Processes.freePort();
        ApiClient client = ingress(port);
        String batch = submit(client, lines, 1_000);
        var words = Map.of("broker", "127.0.0.1", "ingress", "http", "dispatcher", "dispatcher", "metering",
                "Metering");
        var random = new Random();

        for (int round = 1; round <= ROUNDS; round++) {
            for (String process : List.of("broker", "ingress", "dispatcher", "metering")) {
                awaitProgress(client, batch, lines / 100);
                Thread.sleep(random.nextLong(2_000)); // at a moment that nothing announces
                kill(process);
                restart(process, words.get(process));
                System.out.printf("round %d: killed and restarted %s%n", round, process);
            }
        }
        latest.get("broker").destroy();
        latest.get("broker").onExit().join();
        restart("broker", "127.0.0.1");
        System.out.printf("after the last restart: %s%n", client.get("/v1/batches/" + batch).path("request_counts"));

        assertThatEachLineIsThereOnce(client, batch, lines, Duration.ofMinutes(30));
        System.out.println(client.get("/v1/batches/" + batch));
        Path verdict = folder.resolve("verify.log");
        await().atMost(Duration.ofMinutes(5)).pollInterval(Duration.ofSeconds(5)).untilAsserted(() -> {
            Files.deleteIfExists(verdict);
            int code = Processes.start(verdict, KEY, "ledger", "verify", "--kafka", common.get(1), "--config",
                    common.get(3)).waitFor();
            System.out.print(Files.readString(verdict));
            assertThat(code).as(Files.readString(verdict)).isZero();
            assertThat(Files.readString(verdict)).contains(" 0 not yet metered", "no difference");
        });
    }

    /** Waits until so many lines more are done: what is killed is to be at work. */
    private static void awaitProgress(ApiClient client, String batch, int more) {
        var before = new AtomicInteger(-1);
        await().atMost(Duration.ofMinutes(3)).ignoreException(IOException.class).until(() -> {
            int done = done(client, batch);
            before.compareAndSet(-1, done);
            return done >= before.get() + more;
        });
    }

    private void assertThatEachLineIsThereOnce(ApiClient client, String batch, int lines, Duration most)
            throws IOException, InterruptedException {
        await().atMost(most).pollInterval(Duration.ofMillis(500)).ignoreException(IOException.class)
                .until(() -> client.get("/v1/batches/" + batch).path("status").asText().equals("completed"));
        JsonNode ended = client.get("/v1/batches/" + batch);
        assertThat(ended.at("/request_counts/completed").asInt()).isEqualTo(lines);
        assertThat(ended.path("error_file_id").isNull()).isTrue();
        Path output = folder.resolve("output.jsonl");
        client.download("/v1/files/" + ended.path("output_file_id").asText() + "/content", output);
        List<String> found = Files.readAllLines(output).stream()
                .map(line -> ApiClient.parse(line).path("custom_id").asText()).sorted().toList();
        assertThat(found)
                .isEqualTo(IntStream.range(0, lines).mapToObj(BatchCrashTest::customId).sorted().toList());
    }

    private void startAll(int window) throws IOException {
        String kafka = start("broker", "127.0.0.1", "--port", Integer.toString(Processes.freePort()), "--data",
                folder.resolve("broker").toString());
        String simulator = start("simulator", "http", "--port", "0");
        Path settings = Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                kafka: {partitions: 2}
                ledger: {margin: 3s}
                batches: {maxLines: 50000, window: %d}
                cluster: {port: %d, members: [127.0.0.1]}
                tenants: {default: {cap: {daily: 1000 USD}}}
                """.formatted(window, Processes.freePort()));
        common = List.of("--kafka", kafka, "--config", settings.toString(), "--simulator", simulator);
        start("metering", "Metering", with("--data", folder.resolve("metering").toString()));
        start("dispatcher", "dispatcher", with());
    }

    private String submit(ApiClient client, int count, int ttft) throws IOException, InterruptedException {
        String lines = IntStream.range(0, count).mapToObj(i -> "{\"custom_id\":\"" + customId(i)
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"sim-small\","
                + "\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"[[sim tokens=3 ttft=" + ttft + " itl=1]] " + i + "\"}]}}").collect(Collectors.joining("\n"));
        Path input = Files.writeString(folder.resolve("input.jsonl"), lines);
        String file = client.upload("/v1/files", input, "batch").path("id").asText();
        return client.post("/v1/batches", ApiClient.JSON.createObjectNode().put("input_file_id", file)
                .put("endpoint", "/v1/chat/completions").put("completion_window", "24h")).path("id").asText();
    }

    private static String customId(int line) {
        return "line-" + line;
    }

    private static int done(ApiClient client, String batch) throws IOException, InterruptedException {
        return client.get("/v1/batches/" + batch).at("/request_counts/completed").asInt();
    }

    private ApiClient ingress(int port) throws IOException {
        String url = start("ingress", "http",
                with("--port", Integer.toString(port), "--data", folder.resolve("files").toString()));
        return ApiClient.of(Map.of("PENSTOCK_URL", url, "PENSTOCK_API_KEY", KEY));
    }

    private void kill(String command) throws InterruptedException {
        latest.get(command).destroyForcibly().waitFor();
    }

    private void restart(String command, String word) throws IOException {
        start(command, word, options.get(command));
    }

    private String[] with(String... more) {
        return Stream.concat(common.stream(), Stream.of(more)).toArray(String[]::new);
    }

    /** Returns, when the command says a line with it, the word of that line which starts with this. */
    private String start(String command, String word, String... given) throws IOException {
        Path output = folder.resolve(processes.size() + "-" + command + ".log");
        Process process = Processes.start(output, KEY,
                Stream.concat(Stream.of(command), Stream.of(given)).toArray(String[]::new));
        processes.add(process);
        latest.put(command, process);
        options.put(command, given);
        await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, word).isEmpty());
        return Stream.of(Processes.line(output, word).split(" ")).filter(each -> each.startsWith(word)).findFirst()
                .orElseThrow();
    }
}
