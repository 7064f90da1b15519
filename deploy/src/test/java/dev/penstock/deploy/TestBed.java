package dev.penstock.deploy;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.ingress.Ingress;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.catalog.Cap;
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
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A whole Penstock with a simulated provider and a real broker, on free ports, for one test class. */
final class TestBed implements AutoCloseable {
    static final String KEY = "sk-test";
    static final String ADMIN_KEY = "sk-test-admin";
    private static final String SETTINGS = """
            eventLoops: 1
            ingress: {port: 0, keepAlive: 5s}
            dispatcher: {drain: 2s, handoverWait: 300ms}
            kafka: {partitions: 4}
            ledger: {margin: 3s}
            """;

    final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final String kafka;
    final Settings settings;
    private final Runnable stopKafka;
    private final Vertx vertx;
    private final Simulator simulator;
    private final Installation installation;
    private final Path folder;

    /** On an embedded broker. */
    TestBed(Path folder) throws IOException, InterruptedException {
        this(folder, _ -> "");
    }

    /**
     * On an embedded broker.
     *
     * @param more settings, in which the simulator may be a provider of any kind
     */
    TestBed(Path folder, Function<URI, String> more) throws IOException, InterruptedException {
        this(folder, EmbeddedBroker.start(folder.resolve("kafka"), 0), more);
    }

    /** On an embedded broker, with more settings, in which SIMULATOR is the simulator's base URL. */
    TestBed(Path folder, String more) throws IOException, InterruptedException {
        this(folder, simulator -> more.replace("SIMULATOR", simulator.toString()));
    }

    private TestBed(Path folder, EmbeddedBroker broker, Function<URI, String> more)
            throws IOException, InterruptedException {
        this(folder, broker.bootstrapServers(), broker::close, more);
    }

    /** On a Kafka that runs already; the bed stops it at its end. */
    TestBed(Path folder, String kafka, Runnable stopKafka) throws IOException, InterruptedException {
        this(folder, kafka, stopKafka, _ -> "");
    }

    private TestBed(Path folder, String kafka, Runnable stopKafka, Function<URI, String> more)
            throws IOException, InterruptedException {
        this.kafka = kafka;
        this.stopKafka = stopKafka;
        this.folder = folder;
        vertx = EventBus.local(1);
        simulator = Simulator.start(vertx, "127.0.0.1", 0).await();
        Path file = Files.writeString(folder.resolve("test.yaml"), SETTINGS + more.apply(simulatorUrl()));
        settings = SettingsReader.read(file, Map.of("PENSTOCK_API_KEY", KEY, "PENSTOCK_ADMIN_KEY", ADMIN_KEY),
                simulatorUrl());
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        installation = Installation
                .start(vertx, settings.ingressConfig(kafka, folder), settings.dispatcherConfig(kafka),
                        settings.meteringConfig(kafka, folder.resolve("metering")))
                .await();
    }

    void configure(Map<String, Cap> caps) {
        installation.configure(caps);
    }

    /** One more ingress of the same installation; to be closed before the bed. */
    Ingress anotherIngress() {
        return Ingress.start(vertx, settings.ingressConfig(kafka, folder).withPort(0)).await();
    }

    int port() {
        return installation.port();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/v1";
    }

    URI simulatorUrl() {
        return URI.create("http://127.0.0.1:" + simulator.port() + "/v1");
    }

    /** The simulator's count of a thing, such as its tokens. */
    long simulated(String count) throws IOException, InterruptedException {
        String stats = http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + simulator.port() + "/stats"))
                .build(), BodyHandlers.ofString()).body();
        return ApiClient.JSON.readTree(stats).path(count).asLong();
    }

    /** From now on the simulator fails so often, in percent, and in no other way. */
    void strike(Map<String, Double> faults) {
        simulator.strike(faults);
    }

    HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return http.send(chat(body), BodyHandlers.ofString());
    }

    HttpRequest chat(String body) {
        return HttpRequest.newBuilder(URI.create(url() + "/chat/completions")).timeout(Duration.ofMinutes(2))
                .header("authorization", "Bearer " + KEY).header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body)).build();
    }

    /** All that a topic holds now, as a {@code read_committed} reader sees it. */
    <V> List<V> read(Topic<String, V> topic) {
        return read(kafka, topic);
    }

    static <V> List<V> read(String kafka, Topic<String, V> topic) {
        Map<String, Object> properties = Map.of("bootstrap.servers", kafka, "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic.name()).stream()
                    .map(info -> new TopicPartition(topic.name(), info.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            var values = new ArrayList<V>();
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(100))) {
                    values.add(topic.value(message.value()));
                }
            }
            return values;
        }
    }

    @Override
    public void close() {
        installation.close().await();
        vertx.close().await();
        stopKafka.run();
        http.close();
    }
}
