package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.ingress.Ingress;
import dev.penstock.metering.Audit;
import dev.penstock.metering.Metering;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dispatcher that is killed while a provider's batch API has lines of a batch. */
class HandoverCrashTest {
    private static final int LINES = 300;
    private static final String SETTINGS = """
            eventLoops: 1
            ingress: {port: 0}
            dispatcher: {handoverWait: 300ms}
            kafka: {partitions: 2}
            ledger: {margin: 3s}
            cluster: {port: %d, members: ["127.0.0.1:%1$d"]}
            providers:
              openai: {kind: OPENAI, baseUrl: "http://127.0.0.1:%2$d/v1", apiKey: any, batchApi: {pricePercent: 50}}
              anthropic: {kind: ANTHROPIC, baseUrl: "http://127.0.0.1:%2$d/v1", apiKey: any, batchApi: {pricePercent: 50}}
              gemini: {kind: GEMINI, baseUrl: "http://127.0.0.1:%2$d/v1beta", apiKey: any, batchApi: {pricePercent: 50}}
            models:
              sim-small: {provider: openai, price: {input: 0.1, output: 0.4}}
              sim-claude: {provider: anthropic, model: sim-small, price: {input: 0.1, output: 0.4}}
              sim-gemini: {provider: gemini, model: sim-small, price: {input: 0.1, output: 0.4}}
            """;

    @TempDir
    Path folder;

    private final Vertx vertx = EventBus.local(1);
    private final HttpClient forward = vertx.createHttpClient();
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Process> processes = new ArrayList<>();
    private volatile boolean silent;
    private int simulator;
    private EmbeddedBroker broker;
    private Path file;
    private Settings settings;
    private Metering metering;
    private Ingress ingress;
    private ApiClient client;

    @BeforeEach
    void start() throws Exception {
        simulator = Simulator.start(vertx, "127.0.0.1", 0).await().port();
        int port = vertx.createHttpServer().requestHandler(http -> http.body().onSuccess(body -> pass(http, body)))
                .listen(0, "127.0.0.1").await().actualPort();
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        file = Files.writeString(folder.resolve("test.yaml"), SETTINGS.formatted(Processes.freePort(), port));
        settings = SettingsReader.read(file, Map.of("PENSTOCK_API_KEY", "sk-test"), null);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 2);
        metering = Metering.start(settings.meteringConfig(kafka, folder.resolve("metering")));
        ingress = Ingress.start(vertx, settings.ingressConfig(kafka, folder)).await();
        client = ApiClient.of(Map.of("PENSTOCK_URL", "http://127.0.0.1:" + ingress.port(), "PENSTOCK_API_KEY",
                "sk-test"));
    }

    @AfterEach
    void stop() {
        Processes.stop(processes);
        ingress.close(Duration.ZERO).await();
        metering.close();
        vertx.close().await();
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim-small", "sim-claude", "sim-gemini"})
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void whatTheProviderHasIsFoundAgainAndCollectedOnce(String model) throws Exception {
        silent = true;
        Process first = dispatcher();
        String batch = submit(model);
        await().atMost(Duration.ofSeconds(30)).until(() -> simulated("batches") == 1);
        kill(first); // between the call and its record
        silent = false;
        Process second = dispatcher();
        await().atMost(Duration.ofSeconds(60)).until(() -> asked.get() > 0);
        kill(second); // before it has collected everything
        dispatcher();

        await().atMost(Duration.ofSeconds(60))
                .until(() -> client.get("/v1/batches/" + batch).path("status").asText().equals("completed"));
        JsonNode job = client.get("/v1/batches/" + batch);
        assertThat(simulated("batches")).as("handed over once").isEqualTo(1);
        assertThat(job.path("error_file_id").isNull()).isTrue();
        Path output = folder.resolve("output.jsonl");
        client.download("/v1/files/" + job.path("output_file_id").asText() + "/content", output);
        assertThat(Files.readAllLines(output)).extracting(line -> ApiClient.parse(line).path("custom_id").asText())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, LINES).mapToObj(i -> "line-" + i).toList());
        await().atMost(Duration.ofSeconds(20)).until(() -> usage().size() >= LINES);
        assertThat(usage()).hasSize(LINES).allMatch(
                usage -> usage.getEnd() == AttemptEnd.COMPLETED
                        && Price.BATCH.equals(usage.getTokens().getServiceTier()));
        long billed = (simulated("prompt_tokens") * 100 + simulated("tokens") * 400) / 2;
        assertThat(usage().stream().mapToLong(UsageEvent::getCostNanoUsd).sum()).isEqualTo(billed);
        assertThat(Math.round(job.at("/usage/cost").asDouble() * 1e9)).isEqualTo(billed);
        assertThat(Audit.verify(settings.meteringConfig(broker.bootstrapServers(), folder)).named()).isEmpty();
    }

    /** Stands before the simulator, and keeps to itself that a batch was made while it is silent. */
    private void pass(HttpServerRequest http, Buffer body) {
        boolean making = http.method().equals(HttpMethod.POST)
                && http.path().matches(".*/batches|.*:batchGenerateContent");
        if (http.method().equals(HttpMethod.GET) && http.path().contains("/batches/")) {
            asked.incrementAndGet();
        }
        forward.request(http.method(), simulator, "127.0.0.1", http.uri()).compose(call -> {
            String type = http.getHeader("content-type");
            return (type == null ? call : call.putHeader("content-type", type)).send(body);
        }).compose(answer -> answer.body().onSuccess(all -> {
            if (!(making && silent)) {
                http.response().setStatusCode(answer.statusCode()).end(all);
            }
        })).onFailure(_ -> http.response().reset());
    }

    private String submit(String model) throws IOException, InterruptedException {
        String lines = IntStream.range(0, LINES).mapToObj(i -> "{\"custom_id\":\"line-" + i
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"" + model
                + "\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"[[sim tokens=3 ttft=2000 itl=1]] " + i + "\"}]}}").collect(Collectors.joining("\n"));
        String input = client.upload("/v1/files", Files.writeString(folder.resolve("input.jsonl"), lines), "batch")
                .path("id").asText();
        return client.post("/v1/batches", ApiClient.JSON.createObjectNode().put("input_file_id", input)
                .put("endpoint", "/v1/chat/completions").put("completion_window", "24h")).path("id").asText();
    }

    private long simulated(String count) throws IOException, InterruptedException {
        return ApiClient.of(Map.of("PENSTOCK_URL", "http://127.0.0.1:" + simulator, "PENSTOCK_API_KEY", "any"))
                .get("/stats").path(count).asLong();
    }

    private List<UsageEvent> usage() {
        return TestBed.read(broker.bootstrapServers(), settings.topics().usage());
    }

    private Process dispatcher() throws IOException {
        Path output = Files.createFile(folder.resolve("dispatcher-" + processes.size() + ".log"));
        Process process = Processes.start(output, "sk-test", "dispatcher", "--kafka", broker.bootstrapServers(),
                "--config", file.toString());
        processes.add(process);
        await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, "ready").isEmpty());
        return process;
    }

    private static void kill(Process process) {
        process.destroyForcibly().onExit().join();
    }
}
