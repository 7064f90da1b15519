package dev.penstock.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.deploy.simulator.Simulator;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import picocli.CommandLine;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class BenchCommandTest {
    private final Vertx vertx = Vertx.vertx();
    private StringWriter out = new StringWriter();
    private Simulator simulator;

    @BeforeAll
    void start() {
        simulator = Simulator.start(vertx, "127.0.0.1", 0).await();
    }

    @BeforeEach
    void forgetOutput() {
        out = new StringWriter();
    }

    @AfterAll
    void stop() {
        vertx.close().await();
    }

    @Test
    void losesNothingBetweenTheSimulatorAndItself() throws Exception {
        assertThat(run("--profile", "chat", "--seconds", "1", "--rounds", "1", "--warmup", "0", "--json", "-",
                "--url", url(), "--direct-url", url(), "--pid", Long.toString(ProcessHandle.current().pid()))).isZero();
        var json = new ObjectMapper().readTree(out.toString());
        for (String target : new String[]{"direct", "penstock"}) {
            assertThat(json.path(target).at("/verdicts/whole").asInt()).isEqualTo(50);
            assertThat(json.path(target).path("ttft_p50_ms").asDouble()).isBetween(49.0, 500.0);
            assertThat(json.path(target).path("token_gap_p50_ms").asDouble()).isBetween(15.0, 25.0);
        }
        assertThat(json.at("/penstock/cpu_ms_request").asDouble()).isPositive();
        assertThat(json.path("direct").has("cpu_ms_request")).isFalse();
    }

    @Test
    void playsAllProfilesAgainstTheRigItStarts() {
        assertThat(run("--profile", "json", "--rate", "200", "--seconds", "1", "--rounds", "1", "--warmup", "0"))
                .isZero();
        assertThat(run("--profile", "streams", "--streams", "300", "--rate", "600", "--seconds", "2",
                "--tokens-per-second", "5", "--warmup", "1")).isZero();
        assertThat(out.toString()).contains("Profile json", "Profile streams", "not whole");
    }

    @Test
    void failsWhenAnAnswerIsNotWhole() {
        var closed = new AtomicBoolean();
        var line = new CommandLine(new BenchCommand(() -> rig("sim-none", closed))).setOut(new PrintWriter(out));
        assertThat(line.execute("--profile", "json", "--rate", "10", "--seconds", "1", "--rounds", "1", "--warmup",
                "0")).isEqualTo(1);
        assertThat(out.toString()).contains("10 refused");
        assertThat(closed).isTrue();
    }

    @Test
    void refusesAWrongUse() {
        var err = new StringWriter();
        var line = new CommandLine(new BenchCommand(() -> rig("sim-small", new AtomicBoolean())))
                .setErr(new PrintWriter(err));
        assertThat(line.execute("--url", url())).isEqualTo(2);
        assertThat(line.execute("--rate", "0")).isEqualTo(2);
        assertThat(line.execute("--profile", "streams", "--streams", "100000000")).isEqualTo(2);
        assertThat(err.toString()).contains("--direct-url", "ulimit -n");
    }

    private int run(String... arguments) {
        return new CommandLine(new BenchCommand(() -> rig("sim-small", new AtomicBoolean())))
                .setOut(new PrintWriter(out, true)).execute(arguments);
    }

    private String url() {
        return "http://127.0.0.1:" + simulator.port() + "/v1";
    }

    private Rig rig(String model, AtomicBoolean closed) {
        var target = new Target("simulator", URI.create(url()), "key", model, 0);
        return new Rig() {
            @Override
            public Target direct() {
                return target;
            }

            @Override
            public Target penstock() {
                return target;
            }

            @Override
            public Target capped() {
                return penstock();
            }

            @Override
            public Target narrow() {
                return target;
            }

            @Override
            public Process burst(int millis) {
                throw new UnsupportedOperationException("no process is started here");
            }

            @Override
            public void close() {
                closed.set(true);
            }
        };
    }
}
