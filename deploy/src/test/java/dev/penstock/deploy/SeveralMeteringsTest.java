package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.ingress.Ingress;
import dev.penstock.metering.Metering;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two instances of metering share the tenants; one is a process of its own, so that it can be killed. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SeveralMeteringsTest {
    private static final int TENANTS = 16;
    private static final int REQUESTS = 3;

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Vertx vertx;
    private EmbeddedBroker broker;
    private Settings settings;
    private Dispatcher dispatcher;
    private Ingress ingress;
    private Metering metering;
    private Process other;

    @BeforeEach
    void start() throws Exception {
        vertx = EventBus.local(1);
        Simulator simulator = Simulator.start(vertx, "127.0.0.1", 0).await();
        URI simulated = URI.create("http://127.0.0.1:" + simulator.port() + "/v1");
        String tenants = IntStream.range(0, TENANTS).mapToObj(
                i -> "  tenant-%d: {keys: [{id: main, key: sk-%1$d}], cap: {daily: 1 USD}}%n".formatted(i))
                .collect(Collectors.joining());
        Path file = Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                ingress: {port: 0}
                dispatcher: {drain: 1s}
                kafka: {partitions: 4}
                tenants:
                """ + tenants);
        settings = SettingsReader.read(file, Map.of(), simulated);
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        metering = Metering.start(settings.meteringConfig(kafka, folder.resolve("one")));
        other = Processes.start(folder.resolve("other.log"), "sk-none", "metering", "--kafka", kafka, "--config",
                file.toString(), "--simulator", simulated.toString(), "--data", folder.resolve("other").toString());
        dispatcher = Dispatcher.start(vertx, settings.dispatcherConfig(kafka)).await();
        dispatcher.assigned().await();
        ingress = Ingress.start(vertx, settings.ingressConfig(kafka, folder)).await();
    }

    @AfterEach
    void stop() {
        ingress.close(Duration.ofSeconds(1)).await();
        dispatcher.close().await();
        metering.close();
        other.destroyForcibly().onExit().join();
        vertx.close().await();
        broker.close();
        http.close();
    }

    @Test
    void reportsAreCompleteAndTheLedgerSurvivesOneOfThem() throws Exception {
        await().atMost(Duration.ofSeconds(90)).until(() -> membersWithWork() == 2);
        for (int tenant = 0; tenant < TENANTS / 2; tenant++) {
            for (int i = 0; i < REQUESTS; i++) {
                awaitAnswer(tenant);
            }
        }
        awaitReports(0, TENANTS / 2, REQUESTS);

        long killedAt = System.nanoTime();
        other.destroyForcibly().onExit().join();
        for (int tenant = TENANTS / 2; tenant < TENANTS; tenant++) { // nothing is granted to these yet
            awaitAnswer(tenant);
        }
        long tookMs = (System.nanoTime() - killedAt) / 1_000_000;
        awaitReports(0, TENANTS / 2, REQUESTS);
        awaitReports(TENANTS / 2, TENANTS, 1);
        System.out.printf("all tenants were granted to %d ms after one of two meterings was killed%n", tookMs);
        assertThat(tookMs).isLessThan(60_000);
    }

    /** How many members of metering's group have partitions. */
    private long membersWithWork() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            String group = settings.topics().prefix() + ".metering";
            return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
                    .filter(member -> !member.assignment().topicPartitions().isEmpty()).count();
        }
    }

    private void awaitAnswer(int tenant) {
        await().atMost(Duration.ofSeconds(90)).until(() -> {
            String body = """
                    {"model": "sim-small", "max_tokens": 10,
                    "messages": [{"role": "user", "content": "[[sim tokens=5 ttft=0 itl=0]] Hello"}]}""";
            HttpResponse<String> answer = http.send(request(tenant, "/chat/completions")
                    .POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
            return answer.statusCode() == 200;
        });
    }

    private void awaitReports(int from, int to, int attempts) {
        for (int tenant = from; tenant < to; tenant++) {
            String name = "tenant-" + tenant;
            int number = tenant;
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                JsonNode report = report(number);
                assertThat(report.path("attempts").asInt()).as(name).isEqualTo(attempts);
                assertThat(report.path("cost_nano_usd").asLong()).isPositive()
                        .isEqualTo(TestBed.read(broker.bootstrapServers(), settings.topics().usage()).stream()
                                .filter(event -> event.getTenant().equals(name)).mapToLong(UsageEvent::getCostNanoUsd)
                                .sum());
            });
        }
    }

    private JsonNode report(int tenant) throws IOException, InterruptedException {
        return ApiClient.parse(http.send(request(tenant, "/usage").build(), BodyHandlers.ofString()).body());
    }

    private HttpRequest.Builder request(int tenant, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ingress.port() + "/v1" + path))
                .timeout(Duration.ofSeconds(60)).header("authorization", "Bearer sk-" + tenant)
                .header("content-type", "application/json");
    }
}
