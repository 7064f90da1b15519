package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.ingress.Ingress;
import dev.penstock.metering.Metering;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of a dispatcher in the middle of 200 requests, over the clustered bus; then a new one. */
class KilledDispatcherTest {
    private static final String KEY = "sk-test";

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void everyCallerIsAnsweredAndEveryEndedAttemptIsMeteredOnce() throws Exception {
        Vertx providers = Vertx.vertx();
        Simulator simulator = Simulator.start(providers, "127.0.0.1", 0).await();
        Path file = Processes.settings(folder, "ingress: {port: 0}\nkafka: {partitions: 4}\n");
        URI simulated = URI.create("http://127.0.0.1:" + simulator.port() + "/v1");
        Settings settings = SettingsReader.read(file, Map.of("PENSTOCK_API_KEY", KEY), simulated);
        EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        Vertx vertx = EventBus.clustered(1, new EventBus.Cluster("127.0.0.1", settings.cluster().port(),
                settings.cluster().members())).await();
        Metering metering = Metering.start(settings.meteringConfig(kafka, folder.resolve("metering")));
        Ingress ingress = Ingress.start(vertx, settings.ingressConfig(kafka, folder)).await();
        Process first = dispatcher(file, kafka, simulated);
        Process second = null;
        try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
            for (int i = 0; i < 200; i++) {
                answers.add(http.sendAsync(chat(ingress.port(), i % 2 == 0), BodyHandlers.ofString()));
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> started(kafka, settings) >= 200);
            first.destroyForcibly().waitFor();
            second = dispatcher(file, kafka, simulated);

            for (var answer : answers) {
                HttpResponse<String> response = answer.get(2, TimeUnit.MINUTES);
                boolean whole = response.statusCode() == 200
                        && (response.body().contains("[DONE]") || response.body().contains("\"chat.completion\""));
                assertThat(whole || response.body().contains("\"error\"")).as(response.body()).isTrue();
            }
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                List<String> ended = TestBed.read(kafka, settings.topics().attempts()).stream()
                        .filter(AttemptEnded.class::isInstance).map(event -> ((AttemptEnded) event).getAttemptId())
                        .distinct()
                        .toList();
                assertThat(TestBed.read(kafka, settings.topics().usage())).extracting(UsageEvent::getAttemptId)
                        .containsExactlyInAnyOrderElementsOf(ended);
                assertThat(ended.size()).isGreaterThanOrEqualTo(
                        (int) answers.stream().filter(answer -> answer.join().body().contains("chat.completion\""))
                                .count());
            });
        } finally {
            first.destroyForcibly();
            if (second != null) {
                second.destroyForcibly();
            }
            ingress.close(Duration.ofSeconds(1)).await();
            metering.close();
            vertx.close().await();
            providers.close().await();
            broker.close();
        }
    }

    private static long started(String kafka, Settings settings) {
        return TestBed.read(kafka, settings.topics().attempts()).stream().filter(AttemptStarted.class::isInstance)
                .count();
    }

    private static HttpRequest chat(int port, boolean stream) {
        String body = EndToEndTest.body("[[sim ttft=3000 itl=50 tokens=20]]", stream);
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
                .header("authorization", "Bearer " + KEY).POST(BodyPublishers.ofString(body)).build();
    }

    private Process dispatcher(Path settings, String kafka, URI simulator) throws IOException {
        return Processes.start(folder.resolve("dispatcher.log"), KEY, "dispatcher", "--kafka", kafka, "--config",
                settings.toString(), "--simulator", simulator.toString());
    }
}
