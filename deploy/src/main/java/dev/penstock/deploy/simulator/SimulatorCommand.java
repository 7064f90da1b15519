package dev.penstock.deploy.simulator;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock simulator}: runs the simulator until a signal ends the process. */
@Command(name = "simulator", mixinStandardHelpOptions = true, description = "Runs a simulated provider that speaks the dialects of OpenAI, Anthropic, Gemini, Bedrock, Ollama and Qwen: models sim-small and sim-large, sim-embed and sim-moderation.", footer = {
        "", "A request beats these settings by the header 'x-sim: ttft=50 itl=20 tokens=100 fault=429'",
        "or by '[[sim ttft=50 itl=20 tokens=100 fault=429]]' in a message. Flags: endless, tool, tool=2.",
        "Faults: 400, 401, 429@SECONDS, 503@SECONDS, slow@MILLIS, stall@TOKENS, drop, drop@TOKENS,",
        "garbage, error200, error@TOKENS."})
public final class SimulatorCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Address to listen on (${DEFAULT-VALUE}).")
    private String host = "";

    @Option(names = "--port", defaultValue = "8090", description = "Port; 0 takes a free one (${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--ttft", paramLabel = "MS", description = "Time to first token (30; sim-large 200).")
    private @Nullable Long ttft;

    @Option(names = "--itl", paramLabel = "MS", description = "Inter-token latency (10; sim-large 20).")
    private @Nullable Double itl;

    @Option(names = "--tokens", paramLabel = "N", description = "Length of a text; 0 for no end (40; sim-large 200).")
    private @Nullable Long tokens;

    @Option(names = "--fault", paramLabel = "FAULT=PERCENT", description = "How often a fault strikes, as in --fault 429=1.5 --fault drop@10=1.")
    private Map<String, Double> faults = Map.of();

    @Option(names = "--seed", defaultValue = "1", description = "Seed of the faults' draw (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--event-loops", paramLabel = "N", defaultValue = "1", description = "Threads that share the connections (${DEFAULT-VALUE}).")
    private int eventLoops;

    @Override
    public Integer call() throws InterruptedException {
        var settings = settings();
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(eventLoops));
        var simulator = Simulator.start(vertx, host, port, settings).await();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> vertx.close().await(), "simulator-shutdown"));
        spec.commandLine().getOut().println("Simulator ready at http://" + host + ":" + simulator.port() + "/v1");
        new CountDownLatch(1).await();
        return 0;
    }

    private SimulatorSettings settings() {
        var paces = new HashMap<String, Pace>();
        SimulatorSettings.DEFAULT.paces().forEach((model, pace) -> paces.put(model,
                new Pace(ttft == null ? pace.ttftMillis() : ttft, itl == null ? pace.itlMillis() : itl,
                        tokens == null ? pace.tokens() : tokens)));
        try {
            return new SimulatorSettings(paces, FaultRates.named(faults), seed, eventLoops);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
