package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.ingress.Ingress;
import dev.penstock.schemas.event.AttemptEnded;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hard cap on the real system: three ingresses, 64 clients that ask until they are refused, and metering as a process
 * of its own, so that it can be killed.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CapTest {
    private static final String KEY = "sk-capped";
    private static final int CLIENTS = 64;
    private static final long CAP = 1_900_000;

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Ingress> ingresses = new ArrayList<>();
    private Vertx vertx;
    private Simulator simulator;
    private EmbeddedBroker broker;
    private Settings settings;
    private Dispatcher dispatcher;
    private Process metering;
    private Path file;

    @BeforeEach
    void start() throws Exception {
        vertx = EventBus.local(1);
        simulator = Simulator.start(vertx, "127.0.0.1", 0).await();
        file = Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                ingress: {port: 0}
                dispatcher: {drain: 1s}
                kafka: {partitions: 4}
                tenants:
                  capped: {keys: [{id: main, key: %s}], cap: {daily: 0.0019 USD}}
                """.formatted(KEY));
        settings = SettingsReader.read(file, Map.of(), url(simulator.port()));
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        metering = metering();
        dispatcher = Dispatcher.start(vertx, settings.dispatcherConfig(kafka)).await();
        dispatcher.assigned().await();
        for (int i = 0; i < 3; i++) {
            ingresses.add(Ingress.start(vertx, settings.ingressConfig(kafka, folder)).await());
        }
    }

    @AfterEach
    void stop() {
        ingresses.forEach(ingress -> ingress.close(Duration.ofSeconds(1)).await());
        dispatcher.close().await();
        metering.destroyForcibly();
        vertx.close().await();
        broker.close();
        http.close();
    }

    @RepeatedTest(2)
    void theSpendEndsUnderTheCapAndWithinOneHoldOfIt() throws Exception {
        awaitLedger();
        int answered = askUntilRefused(() -> {});

        long spent = verify(answered);
        assertThat(spent).isGreaterThan(CAP - hold());
        HttpResponse<String> refused = ask(0);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("insufficient_quota", "daily budget of account 'capped'",
                "the cap is $0.0019",
                "may cost up to $");
        assertThat(Integer.parseInt(refused.headers().firstValue("retry-after").orElseThrow())).isBetween(1, 86_401);
        System.out.printf("%d answered, %d of %d nano-USD spent, hold %d%n", answered, spent, CAP, hold());
    }

    @Test
    void killingMeteringInTheMiddleExceedsNothing() throws Exception {
        awaitLedger();
        int answered = askUntilRefused(() -> {
            metering.destroyForcibly().waitFor();
            metering = metering();
        });
        await().atMost(Duration.ofSeconds(90)).until(() -> usage().size() == ended().size());
        awaitLedger();
        answered += askUntilRefused(() -> {});

        long spent = verify(answered);
        assertThat(spent).isGreaterThan(CAP - hold());
        System.out.printf("metering killed: %d answered, %d of %d nano-USD spent, hold %d%n", answered, spent, CAP,
                hold());
    }

    private interface Disturbance {
        void happen() throws Exception;
    }

    /** Every client asks again and again until it is refused; half way through, something happens. */
    private int askUntilRefused(Disturbance disturbance) throws Exception {
        var answered = new AtomicInteger();
        var disturbed = new java.util.concurrent.atomic.AtomicBoolean();
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            var all = new ArrayList<Future<?>>();
            for (int client = 0; client < CLIENTS; client++) {
                int number = client;
                all.add(clients.submit((Callable<Void>) () -> {
                    HttpResponse<String> response;
                    while ((response = ask(number)).statusCode() == 200) {
                        if (answered.incrementAndGet() >= 100 && disturbed.compareAndSet(false, true)) {
                            disturbance.happen();
                        }
                    }
                    assertThat(response.statusCode()).as(response.body()).isIn(429, 503);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        return answered.get();
    }

    /** What was refused reached no provider, what was answered is in the usage, and all of it is under the cap. */
    private long verify(int answered) throws Exception {
        String stats = http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + simulator.port() + "/stats"))
                .build(), BodyHandlers.ofString()).body();
        assertThat(ApiClient.JSON.readTree(stats).path("requests").asInt()).isEqualTo(answered + probes);
        await().atMost(Duration.ofSeconds(30)).until(() -> usage().size() == answered + probes);
        long spent = usage().stream().mapToLong(UsageEvent::getCostNanoUsd).sum();
        assertThat(spent).isLessThanOrEqualTo(CAP);
        return spent;
    }

    private int probes;

    /** Asks until the ledger grants something: it takes a while to start. */
    private void awaitLedger() {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            int status = ask(0).statusCode();
            if (status == 200) {
                probes++;
            }
            return status != 503;
        });
    }

    private List<UsageEvent> usage() {
        return TestBed.read(broker.bootstrapServers(), settings.topics().usage());
    }

    private List<AttemptEnded> ended() {
        return TestBed.read(broker.bootstrapServers(), settings.topics().attempts()).stream()
                .filter(AttemptEnded.class::isInstance).map(AttemptEnded.class::cast).toList();
    }

    private long hold() {
        return ended().stream().mapToLong(ended -> ended.getHold().getNanoUsd()).max().orElseThrow();
    }

    private HttpResponse<String> ask(int client) throws IOException, InterruptedException {
        int port = ingresses.get(client % ingresses.size()).port();
        String body = "{\"model\":\"sim-small\",\"max_tokens\":40,\"stream\":" + (client % 2 == 0)
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim tokens=20 ttft=20 itl=1]] Hello\"}]}";
        return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                .header("authorization", "Bearer " + KEY).header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private Process metering() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        var command = new ProcessBuilder(java, "--sun-misc-unsafe-memory-access=allow", "-Xmx256m", "-cp", classes,
                "dev.penstock.deploy.Main", "metering", "--kafka", broker.bootstrapServers(), "--config",
                file.toString(), "--simulator", url(simulator.port()).toString(), "--data",
                folder.resolve("metering").toString());
        return command.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("metering.log").toFile())).start();
    }

    private static URI url(int port) {
        return URI.create("http://127.0.0.1:" + port + "/v1");
    }
}
