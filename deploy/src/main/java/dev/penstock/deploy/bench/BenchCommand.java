package dev.penstock.deploy.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code penstock bench}: exit code 0 if every answer was whole, 1 if not, 2 for a wrong use. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = "Measures what Penstock adds to a provider: latency, CPU, memory, and that nothing is lost.")
public final class BenchCommand implements Callable<Integer> {
    /** Files that a JVM has open beside its connections. */
    private static final int OTHER_FILES = 200;
    /** Never the limit: an open loop must not wait for a connection. */
    static final int CONNECTIONS = 60_000;

    private final Supplier<Rig> ownRig;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--profile", converter = Profile.Converter.class, defaultValue = "chat", paramLabel = "PROFILE", description = "chat, json, streams or flood (${DEFAULT-VALUE}).")
    private Profile profile = Profile.CHAT;

    @Option(names = "--rate", paramLabel = "N", description = "Requests sent in a second (chat 50, json 100, streams 1000, flood 20).")
    private @Nullable Double rate;

    @Option(names = "--seconds", paramLabel = "N", description = "How long requests are sent (5; flood 20); with streams, how long each lasts (30).")
    private @Nullable Integer seconds;

    @Option(names = "--streams", paramLabel = "N", description = "Streams open at once, with streams, or what another tenant sends at once, with flood (10000).")
    private @Nullable Integer streams;

    @Option(names = "--tokens-per-second", paramLabel = "N", description = "The provider's speed (chat 50, streams 1, flood 100); 0 for as fast as it is read.")
    private @Nullable Double tokensPerSecond;

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds of each target, in turns (3; streams 1).")
    private @Nullable Integer rounds;

    @Option(names = "--warmup", paramLabel = "SECONDS", defaultValue = "5", description = "Load before the first round that does not count (${DEFAULT-VALUE}).")
    private int warmup;

    @Option(names = "--url", defaultValue = "${env:PENSTOCK_URL}", description = "A Penstock that runs (PENSTOCK_URL); without it, one is started.")
    private @Nullable URI url;

    @Option(names = "--key", defaultValue = "${env:PENSTOCK_API_KEY}", description = "Its key (PENSTOCK_API_KEY).")
    private @Nullable String key;

    @Option(names = "--model", defaultValue = "sim-small", description = "The model (${DEFAULT-VALUE}).")
    private String model = "";

    @Option(names = "--pid", description = "Its process, for CPU and memory.")
    private long pid;

    @Option(names = "--direct-url", description = "The simulator that it has as its provider.")
    private @Nullable URI directUrl;

    @Option(names = "--direct-pid", description = "The simulator's process, for CPU and memory.")
    private long directPid;

    @Option(names = "--caps", description = "Measures what a cap adds to Penstock, not what Penstock adds to the provider.")
    private boolean caps;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the result as JSON; - for standard output.")
    private @Nullable String json;

    /** A bench that has {@code ownRig} start what it measures if the command line names nothing that runs. */
    public BenchCommand(Supplier<Rig> ownRig) {
        this.ownRig = ownRig;
    }

    @Override
    public Integer call() throws IOException {
        var plan = plan();
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try (var rig = rig()) {
            if (profile == Profile.FLOOD) {
                var flood = new Flood(vertx, rig, plan, profile.flood(wishes()));
                var report = new FloodReport(plan, flood.play(rounds(), warmup));
                print(report.table(), report.json());
                return report.allWhole() ? 0 : 1;
            }
            var report = run(vertx, rig, plan);
            print(report.table(), report.json());
            return report.allWhole() ? 0 : 1;
        } finally {
            vertx.close().await();
        }
    }

    private Report run(Vertx vertx, Rig rig, Plan plan) {
        Target base = caps ? rig.penstock() : rig.direct();
        Target measured = caps ? rig.capped() : rig.penstock();
        if (warmup > 0) {
            round(vertx, base, plan.warmup(warmup));
            round(vertx, measured, plan.warmup(warmup));
        }
        var report = new Report(profile, plan, rounds(), base.name(), measured.name(),
                new Findings(), new Findings());
        for (int round = 0; round < report.rounds(); round++) {
            report.direct().add(round(vertx, base, plan));
            report.penstock().add(round(vertx, measured, plan));
        }
        return report;
    }

    /** With connections of its own: those of the other target, kept open, would count against the limit of open files. */
    private static Findings round(Vertx vertx, Target target, Plan plan) {
        var client = Round.client(vertx, CONNECTIONS);
        return Round.play(vertx, client, target, plan).eventually(client::close).await();
    }

    private Plan plan() {
        try {
            var plan = profile.plan(wishes());
            int files = plan.concurrent() + OTHER_FILES;
            if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                    && unix.getMaxFileDescriptorCount() < files) {
                throw wrong("needs about " + files + " open files, and may have " + unix.getMaxFileDescriptorCount()
                        + ": raise 'ulimit -n'");
            }
            return plan;
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private Profile.Wishes wishes() {
        return new Profile.Wishes(rate, seconds, streams, tokensPerSecond);
    }

    private int rounds() {
        return rounds == null ? profile.rounds : rounds;
    }

    private Rig rig() {
        if (url == null) {
            return ownRig.get();
        }
        if (profile == Profile.FLOOD) {
            throw wrong("flood starts a Penstock of its own: leave --url and PENSTOCK_URL out");
        }
        if (caps) {
            throw wrong("--caps starts a Penstock of its own: leave --url and PENSTOCK_URL out");
        }
        if (directUrl == null) {
            throw wrong("--url (or PENSTOCK_URL) needs --direct-url, to know what Penstock adds to");
        }
        return new RunningRig(new Target("direct", directUrl, "", model, directPid),
                new Target("penstock", url, key == null ? "" : key, model, pid));
    }

    private void print(String table, ObjectNode found) throws IOException {
        var out = spec.commandLine().getOut();
        if ("-".equals(json)) {
            out.println(found.toPrettyString());
            return;
        }
        out.println(table);
        if (json != null) {
            Files.writeString(Path.of(json), found.toPrettyString() + "\n");
        }
    }

    private ParameterException wrong(@Nullable String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** What ran before the bench and goes on after it. */
    private record RunningRig(Target direct, Target penstock) implements Rig {
        @Override
        public Target capped() {
            throw new UnsupportedOperationException("it is not known which tenant has a cap");
        }

        @Override
        public Target narrow() {
            throw new UnsupportedOperationException("it is not known which provider takes few calls");
        }

        @Override
        public Process burst(int millis) {
            throw new UnsupportedOperationException("it is not known who is another tenant");
        }

        @Override
        public void close() {}
    }
}
