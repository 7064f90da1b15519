package dev.penstock.deploy.simulator;

import static dev.penstock.deploy.simulator.Caller.chat;
import static dev.penstock.deploy.simulator.Caller.data;
import static dev.penstock.deploy.simulator.Caller.script;
import static dev.penstock.deploy.simulator.Caller.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SimulatorFaultsTest extends OnSimulator {
    @Test
    void refusesInOpenAiShapeAndSaysWhenToComeBack() throws Exception {
        var limited = caller.post(stream("[[sim fault=429@7]]"));
        assertThat(limited.statusCode()).isEqualTo(429);
        assertThat(limited.headers().firstValue("retry-after")).contains("7");
        assertThat(Caller.parse(limited.body()).at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
        assertThat(caller.post(chat("[[sim fault=503]]")).statusCode()).isEqualTo(503);
        assertThat(caller.post(chat("[[sim fault=400]]")).statusCode()).isEqualTo(400);
        assertThat(caller.post(chat(""), "x-sim", "fault=401").statusCode()).isEqualTo(401);
    }

    @Test
    void closesTheConnectionBeforeTheHead() {
        assertThatThrownBy(() -> caller.post(stream("[[sim fault=drop]]"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> caller.post(chat("[[sim fault=drop]]"))).isInstanceOf(IOException.class);
    }

    @Test
    void closesTheConnectionInTheMiddle() throws Exception {
        try (var raw = new RawStream(caller.simulator.port(), stream("[[sim itl=0 fault=drop@10]]"))) {
            String received = raw.readToTheEnd();
            assertThat(received).contains(Script.piece(9).strip()).doesNotContain("[DONE]", "finish_reason\":\"stop");
            assertThat(received.split("\"content\":\"", -1)).hasSize(1 + 1 + 10);
        }
        assertThatThrownBy(() -> caller.post(chat("[[sim itl=0 fault=drop@10]]"))).isInstanceOf(IOException.class);
    }

    @Test
    void saysNothingMoreAfterItStalled() throws Exception {
        try (var raw = new RawStream(caller.simulator.port(), stream("[[sim itl=0 fault=stall@2]]"))) {
            assertThat(raw.readUntilSilence(200).split("\"content\":\"", -1)).hasSize(1 + 1 + 2);
        }
    }

    @Test
    void sendsAnErrorInTheMiddleOfAStreamAndEndsIt() throws Exception {
        var data = data(caller.post(stream("[[sim itl=0 fault=error@3]]")).body());
        assertThat(data).hasSize(1 + 3 + 1);
        assertThat(Caller.parse(data.getLast()).path("error").has("message")).isTrue();
        assertThat(caller.post(chat("[[sim itl=0 fault=error@3]]")).statusCode()).isEqualTo(500);
    }

    @Test
    void hidesAnErrorInATwoHundred() throws Exception {
        var response = caller.post(stream("[[sim fault=error200]]"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(Caller.parse(data(response.body()).getFirst()).has("error")).isTrue();
        assertThat(caller.answer(chat("[[sim fault=error200]]")).has("error")).isTrue();
    }

    @Test
    void sendsGarbage() throws Exception {
        var response = caller.post(chat("[[sim fault=garbage]]"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> Caller.MAPPER.readTree(response.body())).isInstanceOf(JsonProcessingException.class);
    }

    @Test
    void isSlowToStart() throws Exception {
        long start = System.nanoTime();
        assertThat(Caller.text(caller.events(stream("[[sim ttft=0 itl=0 tokens=2 fault=slow@150]]")), 0))
                .isEqualTo(script(2));
        assertThat(System.nanoTime() - start).isGreaterThan(149_000_000);
    }

    @Test
    void answersWholeWhereTheFaultWouldStrikeLater() throws Exception {
        assertThat(caller.events(stream("[[sim itl=0 tokens=2 fault=drop@10]]"))).hasSize(1 + 2 + 1);
    }

    @Test
    void strikesAsOftenAsTheRatesSayAndTheSameWithTheSameSeed() {
        var rates = FaultRates.named(Map.of("429", 10.0));
        assertThat(hits(rates, 7)).isBetween(850L, 1150L).isEqualTo(hits(rates, 7));
        assertThatThrownBy(() -> FaultRates.named(Map.of("429", 101.0))).hasMessageContaining("100");
        assertThatThrownBy(() -> FaultRates.named(Map.of("nonsense", 1.0))).hasMessageContaining("nonsense");
    }

    private static long hits(FaultRates rates, long seed) {
        var random = new Random(seed);
        return IntStream.range(0, 10_000).filter(_ -> rates.draw(random) instanceof Fault.Refuse).count();
    }
}
