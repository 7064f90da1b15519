package dev.penstock.deploy;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.Settings;
import dev.penstock.deploy.settings.SettingsReader;
import dev.penstock.deploy.simulator.Simulator;
import dev.penstock.metering.Audit;
import dev.penstock.metering.Findings;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.UsageEvent;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A Penstock of processes that can be killed: three ingresses, a dispatcher and metering, on a broker and simulated
 * providers in the test's own process. Its tenants, each with the same cap, are for one run each, so that runs share the
 * processes and nothing else. Times are short, so that what the dead had can be waited for.
 */
final class LedgerBed implements AutoCloseable {
    /** Each tenant's day, in nano-US-dollars: worth about 500 requests of the tests. */
    static final long CAP = 4_500_000;
    private static final int INGRESSES = 3;
    private static final String SETTINGS = """
            eventLoops: 1
            ingress: {port: 0, deadline: 10s}
            dispatcher: {drain: 1s}
            kafka: {partitions: 4}
            ledger: {lease: 3s, margin: 3s}
            cluster: {port: %d, members: [127.0.0.1]}
            providers:
              simulator: {kind: OPENAI_COMPATIBLE, baseUrl: "%2$s/v1"}
            %5$s  frail: {kind: OPENAI_COMPATIBLE, baseUrl: "%3$s/v1"}
              dear: {kind: OPENAI_COMPATIBLE, baseUrl: "%4$s/v1"}
            models:
              sim-small: {provider: simulator, price: {input: 0.1, output: 0.4}}
            %6$s  frail-small: {provider: frail, model: sim-small, price: {input: 0.1, output: 0.4}}
              dear-small: {provider: dear, model: sim-small, price: {input: 0.3, output: 1.2}}
            routes:
              dearer: {candidates: [{model: frail-small}, {model: dear-small}]}
              steady: {afterFirstToken: continue, candidates: [{model: sim-small}, {model: sim-small}]}
            tenants:
              visitor: {keys: [{id: main, key: sk-visitor}]}
            """;
    /** A route whose first model is frail, and whose second costs three times as much. */
    static final String DEARER = "dearer";
    static final List<String> OF_DEARER = List.of("frail-small", "dear-small");
    private static final String TENANT = """
              %s: {keys: [{id: main, key: sk-%1$s}], timeZone: "%s", cap: {daily: 0.0045 USD}}
            """;

    final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path folder;
    private final Provider provider = new Provider(1);
    private final Provider frail = new Provider(1);
    private final Provider dear = new Provider(3);
    private final EmbeddedBroker broker;
    private final Path file;
    private final Settings settings;
    private final List<Process> processes = new CopyOnWriteArrayList<>();
    private final List<Started> ingresses = new CopyOnWriteArrayList<>();
    private Started dispatcher;
    private Started metering;
    private int tenants;
    private int outputs;

    /** A process, and what it said of itself when it was ready. */
    private record Started(Process process, String line) {
        URI url() {
            return URI.create(line.substring(line.indexOf("http")));
        }
    }

    /** What the simulated providers would bill, in nano-US-dollars. */
    record Bill(long requests, long cost) {
        Bill since(Bill before) {
            return new Bill(requests - before.requests, cost - before.cost);
        }

        Bill plus(Bill other) {
            return new Bill(requests + other.requests, cost + other.cost);
        }
    }

    /** A simulator with event loops of its own, for free ports are shared by the servers of one Vert.x. */
    private final class Provider {
        private final int dearness;
        private final Vertx vertx = EventBus.local(1);
        private final Simulator simulator = Simulator.start(vertx, "127.0.0.1", 0).await();

        /** @param dearness how many times as much as a token of sim-small costs one of its */
        Provider(int dearness) {
            this.dearness = dearness;
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + simulator.port());
        }

        JsonNode stats() throws IOException, InterruptedException {
            return ApiClient.parse(http.send(HttpRequest.newBuilder(url().resolve("/stats")).build(),
                    BodyHandlers.ofString()).body());
        }

        Bill bill() throws IOException, InterruptedException {
            JsonNode stats = stats();
            return new Bill(stats.path("requests").asLong(), dearness
                    * (stats.path("prompt_tokens").asLong() * 100 + stats.path("tokens").asLong() * 400));
        }
    }

    /** Starts everything, for so many runs. */
    LedgerBed(Path folder, int runs) throws IOException, InterruptedException {
        this.folder = folder;
        broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        var text = new StringBuilder(
                SETTINGS.formatted(Processes.freePort(), provider.url(), frail.url(), dear.url(),
                        EveryKind.providers(provider.url()), EveryKind.models()));
        // It is noon: no day ends during a run.
        String zone = ZoneOffset.ofHours(12 - LocalTime.now(ZoneOffset.UTC).getHour()).getId();
        for (int run = 0; run < runs; run++) {
            text.append(TENANT.formatted(tenant(run), zone));
        }
        file = Files.writeString(folder.resolve("ledger.yaml"), text);
        settings = SettingsReader.read(file, Map.of(), null);
        String kafka = broker.bootstrapServers();
        TopicSetup.ensure(settings.kafkaClients(kafka), settings.topics(), settings.catalog().providers().values(), 4);
        metering = startMetering();
        dispatcher = start("ready", "dispatcher");
        for (int i = 0; i < INGRESSES; i++) {
            ingresses.add(startIngress());
        }
        calm();
    }

    /** The frail provider is well and called again. */
    void calm() {
        frail.simulator.strike(Map.of());
        HttpRequest chat = chat("visitor", 0, LedgerClients.body(DEARER, false, 40, "tokens=2 ttft=0 itl=0"));
        await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(300)).pollInSameThread()
                .until(() -> http.send(chat, BodyHandlers.ofString()).headers().firstValue("x-penstock-model")
                        .filter(OF_DEARER.getFirst()::equals).isPresent());
    }

    /** The frail provider answers nothing any more: it is down, or has no room. */
    void strike() {
        frail.simulator.strike(Map.of("503", 70.0, "429@1", 30.0));
    }

    /** A tenant that nobody was yet. Its key is {@code sk-} and its name. */
    String nextTenant() {
        return tenant(tenants++);
    }

    /** A chat with the ingress that is next to be asked. */
    HttpRequest chat(String tenant, int turn, String body) {
        return HttpRequest.newBuilder(URI.create(ingresses.get(turn % INGRESSES).url() + "/chat/completions"))
                .timeout(Duration.ofSeconds(40)).header("authorization", "Bearer sk-" + tenant)
                .header("content-type", "application/json").POST(BodyPublishers.ofString(body)).build();
    }

    /** kill -9, and another one in its place. */
    void killAnIngress() {
        kill(ingresses.getFirst());
        ingresses.set(0, startIngress());
    }

    void killTheDispatcher() {
        kill(dispatcher);
        dispatcher = start("ready", "dispatcher");
    }

    void killMetering() {
        kill(metering);
        metering = startMetering();
    }

    /** What a tenant has spent today, as it is told of it. */
    long spent(String tenant) throws IOException, InterruptedException {
        return ApiClient.parse(http.send(HttpRequest.newBuilder(URI.create(ingresses.getLast().url() + "/usage"))
                .header("authorization", "Bearer sk-" + tenant).build(), BodyHandlers.ofString()).body())
                .path("cost_nano_usd").asLong();
    }

    /** The usage of a tenant, as a reader of the topic sees it. */
    List<UsageEvent> usage(String tenant) {
        return TestBed.read(broker.bootstrapServers(), settings.topics().usage()).stream()
                .filter(usage -> usage.getTenant().equals(tenant)).toList();
    }

    /** The calls for a tenant that were announced on the log. */
    List<AttemptStarted> started(String tenant) {
        return TestBed.read(broker.bootstrapServers(), settings.topics().attempts()).stream()
                .filter(AttemptStarted.class::isInstance).map(AttemptStarted.class::cast)
                .filter(started -> started.getTenant().equals(tenant)).toList();
    }

    /** The calls that the provider is answering. */
    long openCalls() throws IOException, InterruptedException {
        return provider.stats().path("open").asLong();
    }

    Bill bill() throws IOException, InterruptedException {
        return provider.bill().plus(frail.bill()).plus(dear.bill());
    }

    Findings audit() {
        return Audit.verify(settings.meteringConfig(broker.bootstrapServers(), folder));
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
        List.of(provider, frail, dear).forEach(each -> each.vertx.close().await());
        broker.close();
        http.shutdownNow();
    }

    private static String tenant(int number) {
        return "capped-" + number;
    }

    private Started startIngress() {
        return start("ready at", "ingress");
    }

    private Started startMetering() {
        return start("Metering", "metering", "--data", folder.resolve("metering").toString());
    }

    private Started start(String ready, String... command) {
        try {
            Path output = Files.createFile(folder.resolve(command[0] + "-" + ++outputs + ".log"));
            Process process = Processes.start(output, "sk-unused", Stream.concat(Stream.of(command),
                    Stream.of("--kafka", broker.bootstrapServers(), "--config", file.toString()))
                    .toArray(String[]::new));
            processes.add(process);
            await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, ready).isEmpty());
            return new Started(process, Processes.line(output, ready));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void kill(Started started) {
        started.process().destroyForcibly().onExit().join();
    }
}
