package dev.penstock.deploy.simulator;

import static dev.penstock.deploy.simulator.Caller.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class BackPressureTest {
    private Caller caller;

    @BeforeEach
    void start() throws Exception {
        caller = new Caller(SimulatorSettings.DEFAULT);
    }

    @AfterEach
    void stop() {
        caller.close();
    }

    @Test
    void anEndlessAnswerStopsWhileNobodyReadsAndIsCountedAsAbortedWhenThePeerGoes() throws Exception {
        try (var raw = new RawStream(caller.simulator.port(), stream("[[sim ttft=0 itl=0 endless]]"))) {
            long said = tokensOnceTheyStandStill();
            assertThat(said).isBetween(100L, 100_000L);
            await().pollInterval(Duration.ofMillis(10)).until(() -> {
                raw.read(100_000);
                return stat("tokens") > said;
            });
            assertThat(stat("open")).isEqualTo(1);
        }
        await().until(() -> stat("streams_aborted") == 1);
        assertThat(stat("open")).isZero();
    }

    @Test
    void aPacedAnswerEndsWhenThePeerGoes() throws Exception {
        var raw = new RawStream(caller.simulator.port(), stream("[[sim ttft=0 itl=1 endless]]"));
        await().until(() -> stat("tokens") > 10);
        raw.close();
        await().until(() -> stat("streams_aborted") == 1);
        long said = stat("tokens");
        await().during(Duration.ofMillis(50)).until(() -> stat("tokens") == said);
    }

    @Test
    void countsWhatItDid() throws Exception {
        caller.events(stream("[[sim ttft=0 itl=0 tokens=3]]"));
        caller.events(stream("[[sim ttft=0 itl=0 tokens=4]]"));
        assertThat(caller.get("/stats")).hasToString(
                "{\"requests\":2,\"open\":0,\"most_open\":1,\"streams_completed\":2,\"streams_aborted\":0,"
                        + "\"prompt_tokens\":16,\"tokens\":7,\"signatures\":0,\"batches\":0,\"batch_lines\":0}");
    }

    private long tokensOnceTheyStandStill() {
        var last = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(100)).until(() -> {
            long said = stat("tokens");
            return said > 0 && last.getAndSet(said) == said;
        });
        return last.get();
    }

    private long stat(String name) throws Exception {
        return caller.get("/stats").path(name).asLong();
    }
}
