package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.ingress.Ingress;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of the ingress that took some streams, and then of the dispatcher that answers them: they are read on at another ingress. */
class KeptAnswersCrashTest {
    private static final String KEY = "sk-test";
    private static final int STREAMS = Integer.getInteger("streams", 10);

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void streamsGoOnOrSayThatTheyBeginAnew() throws Exception {
        Vertx providers = Vertx.vertx();
        Simulator simulator = Simulator.start(providers, "127.0.0.1", 0).await();
        Path file = Processes.settings(folder, "ingress: {port: 0}\nkafka: {partitions: 4}\n");
        String simulated = "http://127.0.0.1:" + simulator.port() + "/v1";
        Settings settings = SettingsReader.read(file, Map.of("PENSTOCK_API_KEY", KEY), URI.create(simulated));
        EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        Vertx vertx = EventBus.clustered(1, new EventBus.Cluster("127.0.0.1", settings.cluster().port(),
                settings.cluster().members())).await();
        Ingress ingress = Ingress.start(vertx, settings.ingressConfig(kafka, folder)).await();
        List<String> common = List.of("--kafka", kafka, "--config", file.toString(), "--simulator", simulated);
        Process doomedIngress = process("ingress", common, "--port", "0");
        Process doomed = process("dispatcher", common);
        Dispatcher successor = null;
        try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Path output = folder.resolve("ingress.log");
            await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, "http://").isEmpty());
            String line = Processes.line(output, "http://");
            String first = List.of(line.split(" ")).stream().filter(word -> word.startsWith("http://")).findFirst()
                    .orElseThrow();
            var begun = new CountDownLatch(STREAMS); // who has no id yet has nothing to read on
            var streams = new ArrayList<Future<Read>>();
            for (int i = 0; i < STREAMS; i++) {
                streams.add(pool.submit(() -> read(http, first, "http://127.0.0.1:" + ingress.port() + "/v1",
                        begun)));
            }
            assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
            doomedIngress.destroyForcibly().waitFor();
            Thread.sleep(500); // somewhere in the middle of the answers
            doomed.destroyForcibly().waitFor();
            successor = Dispatcher.start(vertx, settings.dispatcherConfig(kafka)).await();

            int anew = 0;
            for (Future<Read> stream : streams) {
                Read read = stream.get(3, TimeUnit.MINUTES);
                anew += read.restarts;
                JsonNode whole = ApiClient.parse(http.send(request("http://127.0.0.1:" + ingress.port()
                        + "/v1/chat/completions/" + read.id, "GET", ""), BodyHandlers.ofString()).body());
                assertThat(read.text.toString()).isNotBlank()
                        .isEqualTo(whole.at("/choices/0/message/content").asText());
            }
            assertThat(anew).isPositive();
            System.out.println(STREAMS + " streams read to their ends, " + anew + " of them began anew");
        } finally {
            doomedIngress.destroyForcibly();
            doomed.destroyForcibly();
            if (successor != null) {
                successor.close().await();
            }
            ingress.close(Duration.ofSeconds(1)).await();
            vertx.close().await();
            providers.close().await();
            broker.close();
        }
    }

    private static final class Read {
        private String id = "";
        private int last = -1;
        private int restarts;
        private boolean done;
        private final StringBuilder text = new StringBuilder();
    }

    /** Begins a stream at one ingress and, however often it is cut, reads on at the other. */
    private static Read read(HttpClient http, String first, String other, CountDownLatch begun) throws Exception {
        var read = new Read();
        String body = """
                {"model": "sim-small", "stream": true, "store": true,
                 "messages": [{"role": "user", "content": "[[sim ttft=200 itl=100 tokens=60]] Hello"}]}""";
        take(http.send(request(first + "/chat/completions", "POST", body), BodyHandlers.ofInputStream()), read, begun);
        while (!read.done) {
            Thread.sleep(50); // a client waits before it comes again
            take(http.send(request(other + "/chat/completions/" + read.id + "?stream=true&starting_after=" + read.last,
                    "GET", ""), BodyHandlers.ofInputStream()), read, begun);
        }
        return read;
    }

    private static void take(HttpResponse<InputStream> response, Read read, CountDownLatch begun) {
        assertThat(response.statusCode()).isEqualTo(200);
        read.id = response.headers().firstValue("x-request-id").orElseThrow();
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    int number = Integer.parseInt(line.substring(4));
                    assertThat(number).isEqualTo(read.last + 1);
                } else if (line.startsWith("data: [DONE]")) {
                    read.done = true;
                } else if (line.startsWith("data: ")) {
                    JsonNode chunk = ApiClient.parse(line.substring(6));
                    if (chunk.at("/penstock/restarted").asBoolean()) {
                        read.restarts++;
                        read.text.setLength(0);
                    }
                    read.text.append(chunk.at("/choices/0/delta/content").asText(""));
                    if (read.last++ < 0) {
                        begun.countDown();
                    }
                }
            }
        } catch (IOException _) {
            // cut: what came in whole counts
        }
    }

    private static HttpRequest request(String url, String method, String body) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(3))
                .header("authorization", "Bearer " + KEY).method(method, BodyPublishers.ofString(body)).build();
    }

    private Process process(String command, List<String> common, String... more) throws IOException {
        var words = new ArrayList<String>(List.of(command));
        words.addAll(common);
        words.addAll(List.of(more));
        return Processes.start(folder.resolve(command + ".log"), KEY, words.toArray(String[]::new));
    }
}
