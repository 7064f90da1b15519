package dev.penstock.deploy.simulator;

import static dev.penstock.deploy.simulator.Caller.chat;
import static dev.penstock.deploy.simulator.Caller.script;
import static dev.penstock.deploy.simulator.Caller.stream;
import static dev.penstock.deploy.simulator.Caller.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpClient;
import org.junit.jupiter.api.Test;

class SimulatorConnectionsTest {

    @Test
    void speaksHttp2InClearTextAndBreaksOneStreamOfIt() throws Exception {
        try (var caller = new Caller(SimulatorSettings.DEFAULT, HttpClient.Version.HTTP_2)) {
            assertThat(caller.post(chat("[[sim itl=0 tokens=2]]")).version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThatThrownBy(() -> caller.post(stream("[[sim itl=0 fault=drop@3]]"))).isInstanceOf(IOException.class);
            assertThat(text(caller.events(stream("[[sim itl=0 tokens=20]]")), 0)).isEqualTo(script(20));
            assertThat(caller.get("/stats").path("streams_aborted").asInt()).isZero();
        }
    }

    @Test
    void sharesOnePortAmongItsEventLoops() throws Exception {
        var shipped = SimulatorSettings.DEFAULT;
        var settings = new SimulatorSettings(shipped.paces(), shipped.faults(), shipped.seed(), 3);
        try (var caller = new Caller(settings)) {
            for (int i = 0; i < 6; i++) {
                try (var raw = new RawStream(caller.simulator.port(), stream("[[sim itl=0 tokens=3 fault=drop@2]]"))) {
                    assertThat(raw.readToTheEnd()).contains(Script.piece(1));
                }
            }
            assertThat(caller.get("/stats").path("requests").asInt()).isEqualTo(6);
        }
    }

    @Test
    void listensNoMoreWhenItIsClosed() throws Exception {
        try (var caller = new Caller(SimulatorSettings.DEFAULT)) {
            caller.get("/v1/models");
            caller.simulator.close().await();
            assertThatThrownBy(() -> caller.get("/v1/models")).isInstanceOf(IOException.class);
        }
    }
}
