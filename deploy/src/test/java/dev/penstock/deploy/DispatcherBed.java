package dev.penstock.deploy;

import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.dispatcher.Dispatcher;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.BusMessage;
import dev.penstock.schemas.bus.Frame;
import dev.penstock.schemas.bus.Inquiry;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Dispatchers between a real broker and two simulated providers, "acme" and "spare"; the test itself stands where an
 * ingress would, appends requests and takes frames. On free ports, for one test class.
 */
final class DispatcherBed implements AutoCloseable {
    /** How a request ended, and after how many ms, counted from its append. */
    record End(boolean answered, @Nullable ApiError error, long ms) {}

    final Simulator acme;
    final Simulator spare;
    final Settings settings;
    final String kafka;
    private final Vertx vertx = EventBus.local(2);
    /** Each its own: free ports are shared by the servers of one. */
    private final List<Vertx> providers = List.of(Vertx.vertx(), Vertx.vertx());
    private final EmbeddedBroker broker;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Dispatcher> dispatchers = new ArrayList<>();
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, CompletableFuture<End>> waiting = new ConcurrentHashMap<>();
    private final Set<String> answering = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> sentAt = new ConcurrentHashMap<>();
    private final AtomicInteger turn = new AtomicInteger();

    /** @param quota the settings of both providers beside their kind and address, such as {@code maxConcurrentCalls: 10} */
    DispatcherBed(Path folder, String quota, int partitions) throws IOException, InterruptedException {
        acme = Simulator.start(providers.get(0), "127.0.0.1", 0).await();
        spare = Simulator.start(providers.get(1), "127.0.0.1", 0).await();
        Path file = Files.writeString(folder.resolve("test.yaml"), """
                eventLoops: 1
                dispatcher: {drain: 2s}
                kafka: {partitions: %d}
                providers:
                  acme: {kind: OPENAI_COMPATIBLE, baseUrl: "http://127.0.0.1:%d/v1", %s}
                  spare: {kind: OPENAI_COMPATIBLE, baseUrl: "http://127.0.0.1:%d/v1", %3$s}
                """.formatted(partitions, acme.port(), quota, spare.port()));
        settings = SettingsReader.read(file, Map.of(), null);
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(),
                partitions);
        producer = new KafkaProducer<>(Map.of("bootstrap.servers", kafka, "linger.ms", "0"), new ByteArraySerializer(),
                new ByteArraySerializer());
        vertx.eventBus().<BusMessage>consumer("test", this::onMessage);
        addDispatcher();
    }

    /** Starts one dispatcher more; returns when it has its share. */
    void addDispatcher() {
        Dispatcher dispatcher = Dispatcher.start(vertx, settings.dispatcherConfig(kafka)).await();
        dispatchers.add(dispatcher);
        dispatcher.assigned().await();
    }

    /** Stops the dispatcher that was added last; returns when it has left. */
    void removeDispatcher() {
        dispatchers.removeLast().close().await();
    }

    /** Appends an interactive request of a tenant; completes when it has ended. */
    CompletableFuture<End> ask(String tenant, String directive, String... route) {
        return askOn(turn.getAndIncrement(), tenant, directive, route);
    }

    /** The same on a partition of the test's choice. */
    CompletableFuture<End> askOn(int partition, String tenant, String directive, String... route) {
        String id = "chatcmpl-" + UUID.randomUUID();
        var end = new CompletableFuture<End>();
        waiting.put(id, end);
        sentAt.put(id, System.nanoTime());
        append(partition, id, tenant, Lane.INTERACTIVE, "test", directive, route);
        return end;
    }

    /** Appends a batch request, for which nobody waits. */
    void batch(String id, String tenant, String directive, String... route) {
        append(turn.getAndIncrement(), id, tenant, Lane.BATCH, "", directive, route);
    }

    private void append(int partition, String id, String tenant, Lane lane, String replyTo, String directive,
            String... route) {
        Instant now = Instant.now();
        List<Candidate> candidates = Arrays.stream(route).map(name -> Candidate.newBuilder().setProvider(name)
                .setModel("sim-small").setName("sim").setAfter(FallbackCause.FAILURE).build()).toList();
        byte[] body = ("{\"messages\":[{\"role\":\"user\",\"content\":\"[[sim " + directive + "]]\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        var envelope = RequestEnvelope.newBuilder().setRequestId(id).setAttempt(1).setTenant(tenant).setKeyId("k")
                .setLane(lane).setModel("sim").setRoute(candidates).setAcceptedAt(now)
                .setDeadline(now.plus(Duration.ofMinutes(10))).setBillingDay(LocalDate.EPOCH).setReplyTo(replyTo)
                .setStream(true).setIncludeUsage(false).setBody(ByteBuffer.wrap(body)).build();
        var topic = settings.topics().requests(route[0], lane);
        int partitions = producer.partitionsFor(topic.name()).size();
        producer.send(topic.record(partition % partitions, tenant, envelope));
    }

    private void onMessage(Message<BusMessage> message) {
        if (message.body() instanceof Inquiry(var id, _)) {
            message.reply(new Standing(id, !waiting.containsKey(id)
                    ? Standing.State.GONE
                    : answering.contains(id) ? Standing.State.ANSWERING : Standing.State.WAITING));
        } else if (message.body() instanceof Frame.Delta delta) {
            answering.add(delta.requestId());
        } else if (message.body() instanceof Frame.Done done) {
            end(done.requestId(), null);
        } else if (message.body() instanceof Frame.Failed failed) {
            end(failed.requestId(), failed.error());
        }
    }

    private void end(String id, @Nullable ApiError error) {
        CompletableFuture<End> end = waiting.remove(id);
        if (end != null) {
            end.complete(new End(error == null, error, (System.nanoTime() - sentAt.remove(id)) / 1_000_000));
        }
    }

    /** A provider's count of a thing, such as its requests. */
    long simulated(Simulator provider, String count) throws IOException, InterruptedException {
        String stats = http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + provider.port() + "/stats"))
                .build(), BodyHandlers.ofString()).body();
        return ApiClient.JSON.readTree(stats).path(count).asLong();
    }

    /** The 99th percentile of their ms. */
    static long p99(List<End> ends) {
        return p(99, ends);
    }

    static long p(int percent, List<End> ends) {
        List<Long> sorted = ends.stream().map(End::ms).sorted().toList();
        return sorted.get((sorted.size() - 1) * percent / 100);
    }

    @Override
    public void close() {
        dispatchers.forEach(dispatcher -> dispatcher.close().await());
        producer.close(Duration.ofSeconds(5));
        vertx.close().await();
        providers.forEach(each -> each.close().await());
        broker.close();
        http.close();
    }
}
