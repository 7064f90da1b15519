package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.ingress.Ingress;
import dev.penstock.metering.Metering;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.IdempotencyClaim;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests with an Idempotency-Key, at two ingresses of one installation. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class IdempotencyTest {
    private static final String REPLAYED = "idempotent-replayed";

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Path folder;
    private Vertx vertx;
    private EmbeddedBroker broker;
    private Settings settings;
    private Simulator simulator;
    private Dispatcher dispatcher;
    private Metering metering;
    private Ingress one;
    private Ingress two;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        vertx = EventBus.local(1);
        simulator = Simulator.start(vertx, "127.0.0.1", 0).await();
        Path file = Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                ingress: {port: 0, idempotencyKeys: 300}
                dispatcher: {drain: 1s}
                kafka: {partitions: 4}
                tenants:
                  acme: {keys: [{id: main, key: sk-acme}]}
                  poor: {keys: [{id: main, key: sk-poor}], cap: {daily: 0.000001 USD}}
                """);
        settings = SettingsReader.read(file, Map.of(),
                URI.create("http://127.0.0.1:" + simulator.port() + "/v1"));
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        metering = Metering.start(settings.meteringConfig(kafka, folder.resolve("metering")));
        dispatcher = Dispatcher.start(vertx, settings.dispatcherConfig(kafka)).await();
        dispatcher.assigned().await();
        one = ingress();
        two = ingress();
    }

    @AfterAll
    void stop() {
        one.close(Duration.ofSeconds(1)).await();
        two.close(Duration.ofSeconds(1)).await();
        dispatcher.close().await();
        metering.close();
        vertx.close().await();
        broker.close();
        http.close();
    }

    @Test
    void fiftyEqualRequestsAtTwoIngressesAreOneCallAndStaySoAfterARestart() throws Exception {
        for (boolean stream : new boolean[]{false, true}) {
            String key = UUID.randomUUID().toString();
            String body = chat("ttft=300 itl=0 tokens=30", stream);
            long before = calls();
            List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 50)
                    .mapToObj(i -> http.sendAsync(request(i % 2 == 0 ? one : two, "chat/completions", key, body),
                            BodyHandlers.ofString()))
                    .toList();
            List<HttpResponse<String>> answers = asked.stream().map(CompletableFuture::join).toList();

            assertThat(calls() - before).isEqualTo(1);
            assertThat(answers).allMatch(answer -> answer.statusCode() == 200);
            assertThat(answers).extracting(HttpResponse::body).containsOnly(answers.getFirst().body());
            assertThat(answers.getFirst().body()).contains(stream ? "data: [DONE]" : "\"usage\"");
            assertThat(answers).filteredOn(answer -> answer.headers().firstValue(REPLAYED).isEmpty()).hasSize(1);
            assertThat(answers).extracting(answer -> answer.headers().firstValue("x-request-id").orElseThrow())
                    .containsOnly(answers.getFirst().headers().firstValue("x-request-id").orElseThrow());

            two.close(Duration.ofSeconds(1)).await();
            two = ingress();
            HttpResponse<String> again = post(two, "chat/completions", key, body); // at once: who serves knows the log
            assertThat(again.statusCode()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(answers.getFirst().body());
            assertThat(again.headers().firstValue("content-type"))
                    .isEqualTo(answers.getFirst().headers().firstValue("content-type"));
            assertThat(calls() - before).isEqualTo(1);
        }
    }

    @Test
    void anotherBodyOrApiUnderTheSameKeyIsAConflict() throws Exception {
        post(one, "chat/completions", "same", chat("tokens=1", false));
        for (var answer : List.of(post(two, "chat/completions", "same", chat("tokens=2", false)),
                post(one, "responses", "same", "{\"model\":\"sim-small\",\"input\":\"Hello\"}"))) {
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(ApiClient.parse(answer.body()).at("/error/code").asText()).isEqualTo("idempotency_key_reused");
            assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");
        }
        HttpResponse<String> tooLong = post(one, "chat/completions", "k".repeat(256), chat("tokens=1", false));
        assertThat(tooLong.statusCode()).isEqualTo(400);
        assertThat(ApiClient.parse(tooLong.body()).at("/error/param").asText()).isEqualTo("Idempotency-Key");
    }

    @Test
    void everyApiThatSpendsKnowsTheKey() throws Exception {
        Map<String, String> bodies = Map.of(
                "completions", "{\"model\":\"sim-small\",\"prompt\":\"Hello\"}",
                "responses", "{\"model\":\"sim-small\",\"input\":\"Hello\",\"stream\":true}",
                "messages", "{\"model\":\"sim-small\",\"max_tokens\":9,\"stream\":true,\"messages\":"
                        + "[{\"role\":\"user\",\"content\":\"Hello\"}]}",
                "embeddings", "{\"model\":\"sim-embed\",\"input\":\"Hello\"}",
                "moderations", "{\"model\":\"sim-moderation\",\"input\":\"Hello\"}");
        for (var api : bodies.entrySet()) {
            long before = calls();
            HttpResponse<String> first = post(one, api.getKey(), "of " + api.getKey(), api.getValue());
            HttpResponse<String> second = post(two, api.getKey(), "of " + api.getKey(), api.getValue());
            assertThat(first.statusCode()).as(api.getKey()).isEqualTo(200);
            assertThat(second.body()).isEqualTo(first.body());
            assertThat(second.headers().firstValue(REPLAYED)).hasValue("true");
            assertThat(calls() - before).isEqualTo(1);
            assertThat(second.headers().map())
                    .containsKey(api.getKey().equals("messages") ? "request-id" : "x-request-id");
        }
    }

    @Test
    void aBatchIsMadeOnce() throws Exception {
        String line = "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
                + chat("tokens=1", false) + "}";
        String file = ApiClient.parse(http.send(HttpRequest.newBuilder(url(one, "files"))
                .header("authorization", "Bearer sk-acme").header("content-type", "multipart/form-data; boundary=x")
                .POST(BodyPublishers.ofString("""
                        --x\r
                        content-disposition: form-data; name="purpose"\r
                        \r
                        batch\r
                        --x\r
                        content-disposition: form-data; name="file"; filename="a.jsonl"\r
                        \r
                        LINE\r
                        --x--\r
                        """.replace("LINE", line)))
                .build(), BodyHandlers.ofString()).body()).path("id").asText();
        String body = "{\"input_file_id\":\"" + file
                + "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}";
        List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 10)
                .mapToObj(i -> http.sendAsync(request(i % 2 == 0 ? one : two, "batches", "a batch", body),
                        BodyHandlers.ofString()))
                .toList();
        assertThat(asked).extracting(answer -> answer.join().body()).containsOnly(asked.getFirst().join().body());
        String id = ApiClient.parse(asked.getFirst().join().body()).path("id").asText();
        assertThat(id).startsWith("batch_");
        assertThat(TestBed.read(broker.bootstrapServers(), settings.topics().batches()))
                .extracting(one -> ((Batch) one).getBatchId()).containsOnly(id);
        assertThat(post(two, "batches", "a batch", body).body()).isEqualTo(asked.getFirst().join().body());
        // Its line is a call too, which other tests are not to count.
        await().atMost(Duration.ofSeconds(30)).until(() -> ApiClient.parse(http.send(HttpRequest.newBuilder(
                url(one, "batches/" + id)).header("authorization", "Bearer sk-acme").build(), BodyHandlers.ofString())
                .body()).path("status").asText(), "completed"::equals);
    }

    @Test
    void anAnswerWhoseClientWentAwayIsThereWhenItComesBack() throws Exception {
        long before = calls();
        String body = chat("ttft=0 itl=20 tokens=100", true);
        HttpResponse<InputStream> cut = http.send(request(one, "chat/completions", "cut", body),
                BodyHandlers.ofInputStream());
        assertThat(cut.body().read()).isPositive();
        cut.body().close();
        HttpResponse<String> answer = post(two, "chat/completions", "cut", body);
        assertThat(answer.body()).contains("data: [DONE]", "\"finish_reason\":");
        assertThat(answer.headers().firstValue(REPLAYED)).hasValue("true");
        assertThat(calls() - before).isEqualTo(1);
    }

    @Test
    void whatCostNothingFreesTheKey() throws Exception {
        long before = calls();
        String refused = chat("400", false);
        assertThat(post(one, "chat/completions", "refused", refused).statusCode()).isEqualTo(400);
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            post(two, "chat/completions", "refused", refused);
            return calls() - before >= 2;
        });
    }

    @Test
    void aRefusedHoldIsToldToAllThatWaitAndFreesTheKey() {
        String body = chat("tokens=9", false).replace("{\"model\"", "{\"max_tokens\":9,\"model\"");
        List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 20)
                .mapToObj(i -> http.sendAsync(HttpRequest.newBuilder(request(i % 2 == 0 ? one : two,
                        "chat/completions", "poor", body), (_, _) -> true)
                        .setHeader("authorization", "Bearer sk-poor").build(), BodyHandlers.ofString()))
                .toList();
        assertThat(asked).allSatisfy(answer -> {
            assertThat(answer.join().statusCode()).isEqualTo(429);
            assertThat(answer.join().body()).contains("insufficient_quota");
        });
    }

    /** Whose ingress was killed after the claim and before the request was on the log. */
    @Test
    void aClaimThatNothingCameOfIsTakenOverAfterItsDeadline() throws Exception {
        String body = chat("tokens=3", false);
        Instant deadline = Instant.now().truncatedTo(ChronoUnit.MILLIS).minusSeconds(13);
        var claim = IdempotencyClaim.newBuilder().setRequestId("chatcmpl-lost").setAt(deadline.minusSeconds(10))
                .setDeadline(deadline).setFingerprint(ByteBuffer.wrap(sha256("CHAT_COMPLETIONS\n" + body))).build();
        String key = Topics.idempotencyKey("acme",
                Base64.getUrlEncoder().withoutPadding().encodeToString(sha256("orphan")));
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", (Object) broker.bootstrapServers()),
                new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(settings.topics().idempotency().record(key, claim)).get();
        }
        long before = calls();
        List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 6)
                .mapToObj(i -> http.sendAsync(request(i % 2 == 0 ? one : two, "chat/completions", "orphan", body),
                        BodyHandlers.ofString()))
                .toList();
        assertThat(asked).extracting(answer -> answer.join().body()).containsOnly(asked.getFirst().join().body());
        assertThat(asked.getFirst().join().statusCode()).isEqualTo(200);
        assertThat(calls() - before).isEqualTo(1);
    }

    private static byte[] sha256(String text) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    }

    private Ingress ingress() {
        return Ingress.start(vertx, settings.ingressConfig(broker.bootstrapServers(), folder)).await();
    }

    private long calls() throws IOException, InterruptedException {
        return ApiClient.parse(http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + simulator.port() + "/stats")).build(),
                BodyHandlers.ofString()).body()).path("requests").asLong();
    }

    private static String chat(String words, boolean stream) {
        return "{\"model\":\"sim-small\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim ttft=0 itl=0 " + words + "]] Hello\"}]}";
    }

    private HttpResponse<String> post(Ingress at, String api, String key, String body)
            throws IOException, InterruptedException {
        return http.send(request(at, api, key, body), BodyHandlers.ofString());
    }

    private static URI url(Ingress at, String api) {
        return URI.create("http://127.0.0.1:" + at.port() + "/v1/" + api);
    }

    private static HttpRequest request(Ingress at, String api, String key, String body) {
        return HttpRequest.newBuilder(url(at, api)).timeout(Duration.ofMinutes(1))
                .header("authorization", "Bearer sk-acme").header("content-type", "application/json")
                .header("idempotency-key", key).POST(BodyPublishers.ofString(body)).build();
    }
}
