package dev.penstock.deploy;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.ingress.Ingress;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Routes over two simulated providers that can be made slow or fail: one for all the tests of them, which the last closes. */
final class RoutesBed implements AutoCloseable {
    static final String HELLO = "[[sim tokens=3 ttft=0 itl=0]] Hello";

    final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final Settings settings;
    final SlowedProvider alpha;
    final SlowedProvider beta;
    private final Path folder;
    private final Vertx vertx = EventBus.local(1);
    private final EmbeddedBroker broker;
    private final Installation installation;

    /** Gives the tests the bed. */
    static final class Shared implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == RoutesBed.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot().getStore(Namespace.create(RoutesBed.class)).computeIfAbsent("bed",
                    _ -> RoutesBed.make(), RoutesBed.class);
        }
    }

    private static RoutesBed make() {
        try {
            return new RoutesBed(Files.createTempDirectory("penstock-routes"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }

    private RoutesBed(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
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

    /** Both providers are as quick as they can be, and fail nobody. */
    void well() {
        for (SlowedProvider provider : List.of(alpha, beta)) {
            provider.delayMs = 0;
            provider.failing = false;
        }
    }

    String kafka() {
        return broker.bootstrapServers();
    }

    /** One more ingress of the same installation; to be closed by who asked for it. */
    Ingress anotherIngress() throws IOException {
        return Ingress.start(vertx, settings.ingressConfig(kafka(), folder).withPort(Processes.freePort())).await();
    }

    @Override
    public void close() throws IOException {
        installation.close().await();
        vertx.close().await();
        broker.close();
        http.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    JsonNode explain(String model) throws Exception {
        return json(send("/routes/explain", TestBed.KEY, body(model, ""), Map.of()));
    }

    HttpResponse<String> post(String model, String fields) throws Exception {
        return send("/chat/completions", TestBed.KEY, body(model, fields), Map.of());
    }

    HttpResponse<String> get(String path, String key) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(url(path))).header("authorization", "Bearer " + key)
                .build(), BodyHandlers.ofString());
    }

    HttpResponse<String> send(String path, String key, String body, Map<String, String> headers)
            throws Exception {
        return http.send(request(path, key, body, headers), BodyHandlers.ofString());
    }

    HttpRequest request(String path, String key, String body, Map<String, String> headers) {
        var request = HttpRequest.newBuilder(URI.create(url(path))).timeout(Duration.ofMinutes(1))
                .header("authorization", "Bearer " + key).header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return request.build();
    }

    static String body(String model, String fields) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + HELLO + "\"}]" + fields
                + "}";
    }

    /** The usage event of a request, when it is published. */
    UsageEvent usage(String requestId) {
        return await().atMost(Duration.ofSeconds(20)).until(
                () -> TestBed.read(broker.bootstrapServers(), settings.topics().usage()).stream()
                        .filter(event -> event.getRequestId().equals(requestId) && event.getTokens() != null)
                        .findFirst().orElse(null),
                Objects::nonNull);
    }

    String url(String path) {
        return "http://127.0.0.1:" + installation.port() + "/v1" + path;
    }

    static JsonNode json(HttpResponse<String> response) throws Exception {
        return ApiClient.JSON.readTree(response.body());
    }

    static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
