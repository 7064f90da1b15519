package dev.penstock.deploy;

import dev.penstock.deploy.bench.Rig;
import dev.penstock.deploy.bench.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What {@code penstock bench} measures by itself: a simulator and a whole Penstock in front of it, each its own process. */
final class BenchRig implements Rig {
    private static final String KEY = "sk-bench";
    private static final String CAPPED_KEY = "sk-bench-capped";
    private static final String BUSY_KEY = "sk-bench-busy";
    static final String MODEL = "sim-small";
    private static final String NARROW_MODEL = "sim-narrow";

    /**
     * How the simulated provider is called, and how it fails.
     *
     * @param scheme of its address in the settings
     * @param calls that it takes at a time
     * @param batchShare percent of them that batch may have
     * @param faults of the simulator, in percent
     */
    record Provider(String scheme, int calls, int batchShare, Map<String, Double> faults) {}

    private final List<Process> processes = new ArrayList<>();
    private final Path folder;
    private final Target direct;
    private final Target penstock;
    private final Target capped;
    private final Target narrow;

    /** One whose provider takes every call. */
    BenchRig() {
        this(new Provider("h2c", 20_000, 50, Map.of()));
    }

    /** Starts both and returns when they serve. The tenant "busy" has the same partitions of a queue as "default". */
    BenchRig(Provider provided) {
        try {
            folder = Files.createTempDirectory("penstock-bench");
            int simulatorPort = freePort();
            URI simulator = URI.create("http://127.0.0.1:" + simulatorPort + "/v1");
            var options = new ArrayList<>(List.of("simulator", "--port", Integer.toString(simulatorPort)));
            provided.faults().forEach((fault, percent) -> options.addAll(List.of("--fault", fault + "=" + percent)));
            long provider = start(options.toArray(String[]::new));
            Path settings = Files.writeString(folder.resolve("bench.yaml"), """
                    providers:
                      bench: {kind: OPENAI_COMPATIBLE, baseUrl: "%s", maxConcurrentCalls: %d,
                        quotas: {batchShare: %d}}
                      narrow: {kind: OPENAI_COMPATIBLE, baseUrl: "%1$s", maxConcurrentCalls: 100}
                    models:
                      %s: {provider: bench, price: {input: 0.1, output: 0.4}, maxOutputTokens: 1000}
                      %s: {provider: narrow, model: %4$s}
                    tenants:
                      capped: {keys: [{id: main, key: %s}], cap: {daily: 1000000 USD}}
                      busy: {keys: [{id: main, key: %s}]}
                    """.formatted(provided.scheme() + simulator.toString().substring("http".length()), provided.calls(),
                    provided.batchShare(), MODEL, NARROW_MODEL, CAPPED_KEY, BUSY_KEY));
            int port = freePort();
            long broker = start("up", "--port", Integer.toString(port), "--data", folder.toString(), "--config",
                    settings.toString());
            direct = new Target("direct", simulator, "none", MODEL, provider);
            penstock = new Target("penstock", URI.create("http://127.0.0.1:" + port + "/v1"), KEY, MODEL, broker);
            capped = new Target("with a cap", penstock.baseUrl(), CAPPED_KEY, MODEL, broker);
            narrow = new Target("narrow", penstock.baseUrl(), KEY, NARROW_MODEL, broker);
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("the bench's processes cannot be started", e);
        }
    }

    @Override
    public Target direct() {
        return direct;
    }

    @Override
    public Target penstock() {
        return penstock;
    }

    @Override
    public Target capped() {
        return capped;
    }

    @Override
    public Target narrow() {
        return narrow;
    }

    @Override
    public Process burst(int millis) {
        try {
            return ChildProcess.start(List.of("nice", "-n", "19"), BUSY_KEY, "bench", "burst", "--url",
                    penstock.baseUrl().toString(), "--key",
                    BUSY_KEY, "--model", NARROW_MODEL, "--millis", Integer.toString(millis));
        } catch (IOException e) {
            throw new UncheckedIOException("the sender of the flood cannot be started", e);
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
        processes.forEach(process -> process.onExit().join());
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException("the bench's folder cannot be emptied", e);
        }
    }

    /** Returns the process's id when it is ready. */
    private long start(String... command) throws IOException {
        Process process = ChildProcess.start(KEY, command);
        processes.add(process);
        return process.pid();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
