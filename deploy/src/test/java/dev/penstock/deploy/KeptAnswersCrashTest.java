package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.ingress.Ingress;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.UsageEvent;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 of the ingress that took some requests, and then of the dispatcher that answers them and of metering. Streams are
 * read on at another ingress, and who asked with an Idempotency-Key asks again there. {@code -Dstreams=N} of them (10).
 */
class KeptAnswersCrashTest {
    private static final String KEY = "sk-test";
    private static final int STREAMS = Integer.getInteger("streams", 10);
    private static final int KEYED = STREAMS / 2;
    private static final Duration DEADLINE = Duration.ofSeconds(STREAMS <= 10 ? 30 : 90);
    /** As long as it takes to begin them all, and some more. */
    private static final int TOKENS = 40 + STREAMS;
    private static final int FURTHER = 5;

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 6, unit = TimeUnit.MINUTES)
    void nothingIsLostOrDoubledUnlessItBeganAnewWhichTheStreamAndTheLedgerTell() throws Exception {
        Vertx providers = Vertx.vertx();
        Simulator simulator = Simulator.start(providers, "127.0.0.1", 0).await();
        Path file = Processes.settings(folder, """
                ingress: {port: 0, deadline: %ds}
                kafka: {partitions: 4}
                ledger: {margin: 3s}
                tenants: {default: {cap: {daily: 1000 USD}, maxOutputTokens: 1000}}
                """.formatted(DEADLINE.toSeconds()));
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
        Process metering = process("metering", common, "--data", folder.resolve("metering").toString());
        Dispatcher successor = null;
        try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Path output = folder.resolve("ingress.log");
            await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, "http://").isEmpty());
            String first = List.of(Processes.line(output, "http://").split(" ")).stream()
                    .filter(word -> word.startsWith("http://")).findFirst().orElseThrow();
            String other = "http://127.0.0.1:" + ingress.port() + "/v1";
            var reads = new ArrayList<Read>();
            var streams = new ArrayList<Future<?>>();
            for (int i = 0; i < STREAMS; i++) {
                var read = new Read();
                reads.add(read);
                streams.add(pool.submit(() -> read(http, first, other, read)));
            }
            List<Future<HttpResponse<String>>> keyed = IntStream.range(0, KEYED)
                    .mapToObj(i -> pool.submit(() -> ask(http, first, other, i))).toList();
            // Who has no id yet has nothing to read on.
            await().atMost(Duration.ofSeconds(60)).until(() -> reads.stream().allMatch(read -> read.last >= 0)
                    && attempts(kafka, settings).size() == STREAMS + KEYED);
            doomedIngress.destroyForcibly().waitFor();
            List<Integer> heard = reads.stream().map(read -> read.last).toList();
            await().atMost(Duration.ofSeconds(60)).until(() -> IntStream.range(0, STREAMS)
                    .allMatch(i -> reads.get(i).done || reads.get(i).last >= heard.get(i) + FURTHER));
            doomed.destroyForcibly().waitFor();
            metering.destroyForcibly().waitFor();
            metering = process("metering", common, "--data", folder.resolve("metering").toString());
            successor = Dispatcher.start(vertx, settings.dispatcherConfig(kafka)).await();

            for (Future<?> stream : streams) {
                stream.get(3, TimeUnit.MINUTES);
            }
            for (Read read : reads) {
                JsonNode whole = ApiClient.parse(http.send(request(other + "/chat/completions/" + read.id, "GET", "")
                        .build(), BodyHandlers.ofString()).body());
                assertThat(read.text.toString()).isNotBlank()
                        .isEqualTo(whole.at("/choices/0/message/content").asText());
            }
            var keyedIds = new ArrayList<String>();
            for (int i = 0; i < KEYED; i++) {
                HttpResponse<String> answer = keyed.get(i).get(3, TimeUnit.MINUTES);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(said(ask(http, other, other, i))).isEqualTo(said(answer));
                keyedIds.add(answer.headers().firstValue("x-request-id").orElseThrow());
            }

            Map<String, List<String>> attempts = attempts(kafka, settings);
            assertThat(attempts).containsOnlyKeys(Stream.concat(reads.stream().map(read -> read.id), keyedIds.stream())
                    .toList());
            assertThat(reads).allMatch(read -> attempts.get(read.id).size() == 1 + read.restarts);
            assertThat(keyedIds).allMatch(id -> attempts.get(id).size() <= 2);
            assertThat(reads).anyMatch(read -> read.restarts > 0);
            await().atMost(DEADLINE.plusSeconds(60)).pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(TestBed.read(kafka, settings.topics().usage()))
                            .extracting(UsageEvent::getAttemptId).containsExactlyInAnyOrderElementsOf(
                                    attempts.values().stream().flatMap(List::stream).toList()));
            Path verdict = folder.resolve("verify.log");
            Processes.start(verdict, KEY, "ledger", "verify", "--kafka", kafka, "--config", file.toString()).waitFor();
            assertThat(Files.readString(verdict)).contains(" 0 not yet metered", "no difference");
            System.out.printf(
                    "%d streams read to their ends, %d of them began anew; %d keys, %d of them called for twice%n%s",
                    STREAMS, reads.stream().filter(read -> read.restarts > 0).count(), KEYED,
                    keyedIds.stream().filter(id -> attempts.get(id).size() > 1).count(), Files.readString(verdict));
        } finally {
            doomedIngress.destroyForcibly();
            doomed.destroyForcibly();
            if (successor != null) {
                successor.close().await();
            }
            ingress.close(Duration.ofSeconds(1)).await();
            metering.destroyForcibly().waitFor();
            vertx.close().await();
            providers.close().await();
            broker.close();
        }
    }

    /** The attempts that were begun, by their requests. */
    private static Map<String, List<String>> attempts(String kafka, Settings settings) {
        return TestBed.read(kafka, settings.topics().attempts()).stream().filter(AttemptStarted.class::isInstance)
                .map(AttemptStarted.class::cast).collect(Collectors.groupingBy(AttemptStarted::getRequestId,
                        Collectors.mapping(AttemptStarted::getAttemptId, Collectors.toList())));
    }

    /** Asks, half of the time for a stream, until there is an answer: at one ingress, and at the other when that is gone. */
    private static HttpResponse<String> ask(HttpClient http, String first, String other, int number) throws Exception {
        String at = first;
        while (true) {
            try {
                HttpResponse<String> answer = http.send(request(at + "/chat/completions", "POST", """
                        {"model": "sim-small", "stream": %b,
                         "messages": [{"role": "user", "content": "[[sim ttft=200 itl=100 tokens=%d]] %d"}]}"""
                        .formatted(number % 2 == 0, TOKENS, number)).header("idempotency-key", "key-" + number).build(),
                        BodyHandlers.ofString());
                if (answer.statusCode() != 503) {
                    return answer;
                }
            } catch (IOException _) {
                at = other;
            }
            Thread.sleep(50); // a client waits before it comes again
        }
    }

    /** A stream may have had comments in between while its caller waited. */
    private static String said(HttpResponse<String> answer) {
        return answer.body().replaceAll("(?m)^:.*\n\n", "");
    }

    private static final class Read {
        private final StringBuilder text = new StringBuilder();
        private String id = "";
        private volatile int last = -1;
        private volatile boolean done;
        private int restarts;
    }

    /** Begins a stream at one ingress and, however often it is cut, reads on at the other. */
    private static Read read(HttpClient http, String first, String other, Read read) throws Exception {
        String body = """
                {"model": "sim-small", "stream": true, "store": true,
                 "messages": [{"role": "user", "content": "[[sim ttft=200 itl=100 tokens=%d]] Hello"}]}"""
                .formatted(TOKENS);
        take(http.send(request(first + "/chat/completions", "POST", body).build(), BodyHandlers.ofInputStream()), read);
        while (!read.done) {
            Thread.sleep(50); // a client waits before it comes again
            take(http.send(request(other + "/chat/completions/" + read.id + "?stream=true&starting_after=" + read.last,
                    "GET", "").build(), BodyHandlers.ofInputStream()), read);
        }
        return read;
    }

    private static void take(HttpResponse<InputStream> response, Read read) {
        assertThat(response.statusCode()).isEqualTo(200);
        read.id = response.headers().firstValue("x-request-id").orElseThrow();
        int next = read.last;
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    assertThat(Integer.parseInt(line.substring(4))).isEqualTo(++next);
                } else if (line.startsWith("data: [DONE]")) {
                    read.done = true;
                } else if (line.startsWith("data: ")) {
                    JsonNode chunk = ApiClient.parse(line.substring(6));
                    if (chunk.at("/penstock/restarted").asBoolean()) {
                        read.restarts++;
                        read.text.setLength(0);
                    }
                    read.text.append(chunk.at("/choices/0/delta/content").asText(""));
                    read.last = next;
                }
            }
        } catch (IOException _) {
            // cut: what came in whole counts
        }
    }

    private static HttpRequest.Builder request(String url, String method, String body) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(3))
                .header("authorization", "Bearer " + KEY).method(method, BodyPublishers.ofString(body));
    }

    private Process process(String command, List<String> common, String... more) throws IOException {
        var words = new ArrayList<String>(List.of(command));
        words.addAll(common);
        words.addAll(List.of(more));
        return Processes.start(folder.resolve(command + ".log"), KEY, words.toArray(String[]::new));
    }
}
