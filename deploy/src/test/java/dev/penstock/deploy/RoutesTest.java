package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.ingress.Ingress;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Routes over two simulated providers, through the real thing. */
@TestInstance(Lifecycle.PER_CLASS)
class RoutesTest {
    /** How long all providers are down; {@code -Doutage=30} is the long form. */
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage", 3));
    private static final String HELLO = "[[sim tokens=3 ttft=0 itl=0]] Hello";

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Vertx vertx;
    private EmbeddedBroker broker;
    private Settings settings;
    private Installation installation;
    private SlowedProvider alpha;
    private SlowedProvider beta;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        vertx = EventBus.local(1);
        var simulator = URI
                .create("http://127.0.0.1:" + Simulator.start(vertx, "127.0.0.1", 0).await().port() + "/v1");
        alpha = new SlowedProvider(vertx, simulator);
        beta = new SlowedProvider(vertx, simulator);
        Path file = Files.writeString(folder.resolve("routes.yaml"), """
                eventLoops: 1
                ingress: {port: 0, keepAlive: 1s}
                dispatcher: {drain: 1s}
                kafka: {partitions: 4}
                providers:
                  alpha: {kind: OPENAI_COMPATIBLE, baseUrl: "%s"}
                  beta: {kind: OPENAI_COMPATIBLE, baseUrl: "%s"}
                  narrow: {kind: OPENAI_COMPATIBLE, baseUrl: "%1$s", maxConcurrentCalls: 1}
                  single: {kind: GROQ, baseUrl: "%s"}
                models:
                  alpha-small: {provider: alpha, model: sim-small, price: {input: 1, output: 1}, capabilities: [tools]}
                  beta-small: {provider: beta, model: sim-small, price: {input: 2, output: 2}}
                  narrow-small: {provider: narrow, model: sim-small, price: {input: 1, output: 1}}
                  single-small: {provider: single, model: sim-small, price: {input: 1, output: 1}}
                routes:
                  smart: {candidates: [{model: alpha-small}, {model: beta-small}]}
                  quick: {strategy: latency, candidates: [{model: alpha-small}, {model: beta-small}]}
                  split:
                    strategy: weighted
                    sticky: user
                    candidates:
                      - {model: alpha-small, arm: plain}
                      - {model: alpha-small, arm: warm, parameters: {temperature: 0.9, max_completion_tokens: 7}}
                  mirrored: {candidates: [{model: alpha-small}], shadow: {model: beta-small, percent: 100, tenant: lab}}
                tenants:
                  lab: {cap: {daily: 1.00 USD}, maxOutputTokens: 50}
                  small: {keys: [{id: main, key: sk-small}], limits: {requestsPerMinute: 3}, models: [smart]}
                  pair: {keys: [{id: main, key: sk-pair}], limits: {requestsPerMinute: 30}}
                  capped: {keys: [{id: main, key: sk-capped}], cap: {daily: 1.00 USD}, maxOutputTokens: 50}
                """.formatted(alpha.url(), beta.url(), alpha.url()));
        settings = SettingsReader.read(file, Map.of("PENSTOCK_API_KEY", TestBed.KEY), null);
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        installation = Installation
                .start(vertx, settings.ingressConfig(kafka, folder), settings.dispatcherConfig(kafka),
                        settings.meteringConfig(kafka, folder.resolve("metering")))
                .await();
        await().atMost(Duration.ofSeconds(10)).until(() -> explain("smart").at("/candidates/0/figures/free").isInt());
    }

    @AfterAll
    void stop() {
        installation.close().await();
        vertx.close().await();
        broker.close();
        http.close();
    }

    @BeforeEach
    void well() {
        for (SlowedProvider provider : List.of(alpha, beta)) {
            provider.delayMs = 0;
            provider.failing = false;
        }
    }

    @Test
    void aRouteIsListedAndAnswersAndSaysWho() throws Exception {
        JsonNode models = json(get("/models", TestBed.KEY));
        assertThat(models.findValuesAsText("id")).contains("smart", "quick", "alpha-small");

        HttpResponse<String> answer = post("smart", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(header(answer, "x-penstock-provider")).isEqualTo("alpha");
        assertThat(header(answer, "x-penstock-model")).isEqualTo("alpha-small");
        assertThat(header(answer, "x-penstock-route-reason")).isEqualTo("priority");
        assertThat(header(answer, "x-ratelimit-limit-requests")).isEqualTo("1000000");
        assertThat(header(answer, "x-ratelimit-remaining-tokens")).matches("\\d+");
        assertThat(header(answer, "x-ratelimit-reset-tokens")).matches("(\\d+h)?(\\d+m)?[\\d.]+m?s");
        UsageEvent event = usage(json(answer).path("id").asText());
        assertThat(event.getModel()).isEqualTo("alpha-small");
        assertThat(event.getRoute()).isEqualTo("smart");
        assertThat(event.getCostNanoUsd()).isPositive();
    }

    /** Groq gives one choice a call and takes no names of speakers. */
    @Test
    void whatAProviderHasNotIsMadeUpForOrNamed() throws Exception {
        HttpResponse<String> answer = send("/chat/completions", TestBed.KEY,
                body("single-small", ",\"n\":2").replace("\"user\"", "\"user\",\"name\":\"me\""), Map.of());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer).path("choices").findValuesAsText("index")).containsExactly("0", "1");
        assertThat(header(answer, "x-penstock-dropped-params")).isEqualTo("messages[].name");
        UsageEvent event = usage(json(answer).path("id").asText());
        assertThat(event.getTokens().getCalls()).isEqualTo(2);
        assertThat(event.getTokens().getOutput()).isEqualTo(json(answer).at("/usage/completion_tokens").asLong())
                .isEqualTo(6);
        assertThat(header(post("alpha-small", ",\"n\":2"), "x-penstock-dropped-params")).isEmpty();
    }

    @Test
    void theSdkUsesARouteLikeAModel() {
        OpenAIClient openai = OpenAIOkHttpClient.builder().baseUrl(url("")).apiKey(TestBed.KEY).maxRetries(0).build();
        var params = ChatCompletionCreateParams.builder().model("smart").addUserMessage(HELLO).build();
        try (var stream = openai.chat().completions().createStreaming(params)) {
            assertThat(stream.stream().toList()).isNotEmpty();
        }
        assertThat(openai.chat().completions().create(params).choices()).hasSize(1);
        openai.close();
    }

    @Test
    void aRouteExplainsItselfAndSpendsNothing() throws Exception {
        int calls = alpha.calls.get() + beta.calls.get();
        JsonNode told = explain("smart");

        assertThat(told.path("object").asText()).isEqualTo("route.explanation");
        assertThat(told.path("strategy").asText()).isEqualTo("priority");
        assertThat(told.path("candidates").findValuesAsText("model")).containsExactly("alpha-small", "beta-small");
        assertThat(told.at("/candidates/0/decision").asText()).isEqualTo("taken");
        assertThat(told.at("/candidates/1/reason").asText()).isEqualTo("fallback");
        assertThat(told.at("/candidates/1/figures/expected_cost_nano_usd").asLong())
                .isEqualTo(2 * told.at("/candidates/0/figures/expected_cost_nano_usd").asLong());
        JsonNode structured = json(send("/routes/explain", TestBed.KEY, body("smart",
                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\"}}"), Map.of()));
        assertThat(structured.at("/candidates/0/model").asText()).isEqualTo("beta-small");
        assertThat(structured.at("/candidates/1/decision").asText()).isEqualTo("passed_over");
        assertThat(structured.at("/candidates/1/reason").asText()).isEqualTo("no_json_schema");
        assertThat(alpha.calls.get() + beta.calls.get()).isEqualTo(calls);
    }

    @Test
    void whoAnswersAfterAFallbackIsTold() throws Exception {
        alpha.failing = true;
        HttpResponse<String> answer = post("smart", "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(header(answer, "x-penstock-provider")).isEqualTo("beta");
        assertThat(header(answer, "x-penstock-route-reason")).isIn("fallback", "priority");
        assertThat(usage(json(answer).path("id").asText()).getModel()).isEqualTo("beta-small");
    }

    @Test
    void anArmIsKeptAndRecordedAndAskedInItsOwnWay() throws Exception {
        var arms = new java.util.HashSet<String>();
        for (int user = 0; user < 12; user++) {
            String fields = ",\"user\":\"u" + user + "\",\"temperature\":0.1,\"max_tokens\":20";
            HttpResponse<String> answer = post("split", fields);
            String arm = header(answer, "x-penstock-arm");
            JsonNode asked = ApiClient.JSON.readTree(alpha.lastBody);
            assertThat(asked.path("temperature").asDouble()).isEqualTo(arm.equals("warm") ? 0.9 : 0.1);
            assertThat(asked.path("max_tokens").asInt()).isEqualTo(arm.equals("warm") ? 7 : 20);
            assertThat(header(post("split", fields), "x-penstock-arm")).isEqualTo(arm);
            assertThat(usage(json(answer).path("id").asText()).getArm()).isEqualTo(arm);
            arms.add(arm);
        }
        assertThat(arms).containsExactlyInAnyOrder("plain", "warm");
    }

    @Test
    void aShadowAnswersNobodyAndIsPaidForByAnother() throws Exception {
        HttpResponse<String> answer = post("mirrored", "");

        assertThat(header(answer, "x-penstock-provider")).isEqualTo("alpha");
        String id = json(answer).path("id").asText();
        UsageEvent shadow = usage(id + "-shadow");
        assertThat(shadow.getEnd()).isEqualTo(AttemptEnd.COMPLETED);
        assertThat(shadow.getTenant()).isEqualTo("lab");
        assertThat(shadow.getModel()).isEqualTo("beta-small");
        assertThat(shadow.getCostNanoUsd()).isPositive();
        assertThat(usage(id).getTenant()).isEqualTo("default");
        beta.failing = true;
        assertThat(post("mirrored", "").statusCode()).isEqualTo(200);
    }

    @Test
    void theDearestCandidateIsHeldFor() throws Exception {
        HttpResponse<String> answer = send("/chat/completions", "sk-capped", body("smart", ""), Map.of());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(ApiClient.JSON.readTree(alpha.lastBody).path("max_completion_tokens").asInt()).isEqualTo(50);
        String id = json(answer).path("id").asText();
        UsageEvent event = usage(id);
        long held = TestBed.read(broker.bootstrapServers(), settings.topics().attempts()).stream()
                .filter(dev.penstock.schemas.event.AttemptEnded.class::isInstance)
                .map(dev.penstock.schemas.event.AttemptEnded.class::cast)
                .filter(ended -> ended.getRequestId().equals(id)).findFirst().orElseThrow().getHold().getNanoUsd();
        assertThat(held).isGreaterThanOrEqualTo(2_000 * 50 + 2 * event.getCostNanoUsd() / 3);
    }

    @Test
    void aTenantIsToldOfItsLimitAndMayUseItsModelsOnly() throws Exception {
        assertThat(json(get("/models", "sk-small")).findValuesAsText("id")).containsExactly("smart");
        assertThat(send("/chat/completions", "sk-small", body("alpha-small", ""), Map.of()).statusCode())
                .isEqualTo(404);
        HttpResponse<String> answer = null;
        for (int left = 2; left >= 0; left--) {
            answer = send("/chat/completions", "sk-small", body("smart", ""), Map.of());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(header(answer, "x-ratelimit-remaining-requests")).isEqualTo(Integer.toString(left));
        }
        HttpResponse<String> refused = send("/chat/completions", "sk-small", body("smart", ""), Map.of());
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("rate_limit_exceeded", "requests per min (RPM): Limit 3, Used 3");
        assertThat(Integer.parseInt(header(refused, "retry-after"))).isBetween(1, 20);
        assertThat(header(refused, "x-ratelimit-limit-requests")).isEqualTo("3");
    }

    @Test
    void twoIngressesKeepALimitTogether(@TempDir Path folder) throws Exception {
        Ingress other = Ingress.start(vertx,
                settings.ingressConfig(broker.bootstrapServers(), folder).withPort(Processes.freePort())).await();
        try {
            long start = System.nanoTime();
            String there = "http://127.0.0.1:" + other.port() + "/v1/chat/completions";
            int answered = 0;
            for (int i = 0; i < 20; i++) {
                assertThat(send("/chat/completions", "sk-pair", body("smart", ""), Map.of()).statusCode())
                        .isEqualTo(200);
                answered++;
            }
            int asked = 0;
            int left = 30;
            while (left > 12 && asked++ < 10) { // alone it would have 20 left by then
                HttpResponse<String> answer = http.send(pair(there), BodyHandlers.ofString());
                answered += answer.statusCode() == 200 ? 1 : 0;
                left = Integer.parseInt(header(answer, "x-ratelimit-remaining-requests"));
                Thread.sleep(250);
            }
            assertThat(left).as("what the other ingress let in is known here").isLessThanOrEqualTo(12);
            for (int i = 0; i < 20; i++) {
                answered += http.send(pair(there), BodyHandlers.ofString()).statusCode() == 200 ? 1 : 0;
            }
            long filled = (System.nanoTime() - start) / 2_000_000_000L + 1;
            assertThat(answered).isBetween(30, (int) (30 + filled));
        } finally {
            other.close(Duration.ofSeconds(1)).await();
        }
    }

    private static HttpRequest pair(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(1))
                .header("authorization", "Bearer sk-pair").header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body("smart", ""))).build();
    }

    @Test
    void whoWaitsIsToldItsPlaceWithTheFirstKeepAlive() throws Exception {
        alpha.delayMs = 2_500;
        var before = List.of(stream("narrow-small"), stream("narrow-small"));
        await().atMost(Duration.ofSeconds(5))
                .until(() -> explain("narrow-small").at("/candidates/0/figures/waiting").asInt() > 0);
        HttpResponse<java.util.stream.Stream<String>> answer = http.send(request("/chat/completions", TestBed.KEY,
                body("narrow-small", ",\"stream\":true"), Map.of()), BodyHandlers.ofLines());
        try (var lines = answer.body()) {
            assertThat(answer.headers().firstValue("x-penstock-queue-position").map(Integer::valueOf).orElse(0))
                    .isGreaterThan(1);
            assertThat(lines.findFirst()).hasValueSatisfying(
                    line -> assertThat(line).matches(": queued, about \\d+ waiting"));
        }
        assertThat(before.stream().map(CompletableFuture::join)).allMatch(one -> one.statusCode() == 200);
    }

    private CompletableFuture<HttpResponse<String>> stream(String model) {
        return http.sendAsync(request("/chat/completions", TestBed.KEY, body(model, ",\"stream\":true"), Map.of()),
                BodyHandlers.ofString());
    }

    @Test
    void aBatchLosesNothingWhileAllProvidersAreDownAndFinishesAfter(@TempDir Path folder) throws Exception {
        OpenAIClient openai = OpenAIOkHttpClient.builder().baseUrl(url("")).apiKey(TestBed.KEY).maxRetries(0).build();
        String lines = IntStream.range(0, 20).mapToObj(i -> "{\"custom_id\":\"" + i
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":" + body("smart", "") + "}\n")
                .collect(Collectors.joining());
        String input = openai.files().create(FileCreateParams.builder().purpose(FilePurpose.BATCH)
                .file(Files.writeString(folder.resolve("input.jsonl"), lines)).build()).id();
        int calls = alpha.calls.get() + beta.calls.get();
        alpha.failing = true;
        beta.failing = true;
        String id = openai.batches().create(BatchCreateParams.builder().inputFileId(input)
                .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                .completionWindow(BatchCreateParams.CompletionWindow._24H).build()).id();
        long until = System.nanoTime() + OUTAGE.toNanos();
        await().atMost(OUTAGE.plusSeconds(30)).until(() -> System.nanoTime() > until
                && alpha.calls.get() + beta.calls.get() >= calls + 4);
        alpha.failing = false;
        beta.failing = false;

        Batch done = await().atMost(Duration.ofMinutes(2)).until(() -> openai.batches().retrieve(id),
                batch -> batch.status().equals(Batch.Status.COMPLETED));
        assertThat(done.requestCounts().orElseThrow().completed()).isEqualTo(20);
        assertThat(done.requestCounts().orElseThrow().failed()).isZero();
        try (var output = openai.files().content(done.outputFileId().orElseThrow())) {
            String text = new String(output.body().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text.lines().map(line -> ApiClient.parse(line).path("custom_id").asInt()))
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20).boxed().toList());
        }
        openai.close();
    }

    @Test
    void aCallerSetsItsOwnDeadline() throws Exception {
        alpha.delayMs = 4_000;
        long start = System.nanoTime();
        HttpResponse<String> late = send("/chat/completions", TestBed.KEY, body("alpha-small", ""),
                Map.of("x-penstock-deadline-ms", "500"));
        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(System.nanoTime() - start).isLessThan(3_500_000_000L);
        assertThat(send("/chat/completions", TestBed.KEY, body("smart", ""), Map.of("x-penstock-deadline-ms", "soon"))
                .body()).contains("x-penstock-deadline-ms");
    }

    @Test
    void latencyMovesTrafficAwayFromAProviderThatBecameSlowAndBack() throws Exception {
        alpha.delayMs = 40;
        beta.delayMs = 90;
        double before = secondsUntil(share -> share > 0.6);
        alpha.delayMs = 300;
        double slow = secondsUntil(share -> share <= 0.1);
        alpha.delayMs = 40;
        double after = secondsUntil(share -> share > 0.6);
        System.out.printf("traffic goes to the sooner one after %.1f s, away from the slow one after %.1f s, back after"
                + " %.1f s%n", before, slow, after);
        assertThat(slow).isLessThan(12.5); // within ten seconds, as a window of 2.5 s shows it
    }

    /** How long it takes, under load, until alpha answers a share of the requests that is as wanted. */
    private double secondsUntil(DoublePredicate wanted) {
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(40)).pollInSameThread().pollInterval(Duration.ofMillis(1))
                .until(() -> wanted.test(load(2_500)));
        return (System.nanoTime() - start) / 1e9;
    }

    /** Streams at an even pace for so long; the share of them that alpha answered. */
    private double load(long ms) {
        long end = System.nanoTime() + ms * 1_000_000;
        var answers = new java.util.ArrayList<CompletableFuture<HttpResponse<String>>>();
        while (System.nanoTime() < end) {
            answers.add(http.sendAsync(request("/chat/completions", TestBed.KEY, body("quick", ",\"stream\":true"),
                    Map.of()), BodyHandlers.ofString()));
            java.util.concurrent.locks.LockSupport.parkNanos(25_000_000);
        }
        List<String> providers = answers.stream().map(CompletableFuture::join)
                .map(answer -> header(answer, "x-penstock-provider")).toList();
        return (double) providers.stream().filter("alpha"::equals).count() / providers.size();
    }

    private JsonNode explain(String model) throws Exception {
        return json(send("/routes/explain", TestBed.KEY, body(model, ""), Map.of()));
    }

    private HttpResponse<String> post(String model, String fields) throws Exception {
        return send("/chat/completions", TestBed.KEY, body(model, fields), Map.of());
    }

    private HttpResponse<String> get(String path, String key) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(url(path))).header("authorization", "Bearer " + key)
                .build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String path, String key, String body, Map<String, String> headers)
            throws Exception {
        return http.send(request(path, key, body, headers), BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String key, String body, Map<String, String> headers) {
        var request = HttpRequest.newBuilder(URI.create(url(path))).timeout(Duration.ofMinutes(1))
                .header("authorization", "Bearer " + key).header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return request.build();
    }

    private static String body(String model, String fields) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + HELLO + "\"}]" + fields
                + "}";
    }

    /** The usage event of a request, when it is published. */
    private UsageEvent usage(String requestId) {
        return await().atMost(Duration.ofSeconds(20)).until(
                () -> TestBed.read(broker.bootstrapServers(), settings.topics().usage()).stream()
                        .filter(event -> event.getRequestId().equals(requestId) && event.getTokens() != null)
                        .findFirst().orElse(null),
                java.util.Objects::nonNull);
    }

    private String url(String path) {
        return "http://127.0.0.1:" + installation.port() + "/v1" + path;
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        return ApiClient.JSON.readTree(response.body());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
