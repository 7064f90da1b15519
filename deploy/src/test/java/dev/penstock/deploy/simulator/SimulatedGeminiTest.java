package dev.penstock.deploy.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class SimulatedGeminiTest extends OnSimulator {
    private static final String PATH = "/v1beta/models/sim-small:";
    private HttpResponse<String> ask(String method, String contents, String more) throws Exception {
        return caller.postTo(PATH + method, Caller.parse("{\"contents\":[" + contents + "]" + more + "}"));
    }

    private static String user(String text) {
        return "{\"role\":\"user\",\"parts\":[{\"text\":\"" + text + "\"}]}";
    }

    private HttpResponse<String> giveBack(String signature) throws Exception {
        return ask("generateContent", user("[[sim ttft=0 itl=0 tokens=2]]")
                + ",{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{}}" + signature + "}]}",
                "");
    }

    @Test
    void vertexWantsABearerToken() throws Exception {
        String path = "/v1/projects/p/locations/global/publishers/google/models/sim-small:generateContent";
        JsonNode body = Caller.parse("{\"contents\":[" + user("[[sim ttft=0 itl=0 tokens=2]]") + "]}");
        HttpResponse<String> refused = caller.postTo(path, body, "x-goog-api-key", "k");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(Caller.parse(refused.body()).at("/error/status").asText()).isEqualTo("UNAUTHENTICATED");
        assertThat(caller.postTo(path, body, "authorization", "Bearer k").statusCode()).isEqualTo(200);
    }

    @Test
    void streamsInEventsWithoutAMarkOfTheEnd() throws Exception {
        String body = ask("streamGenerateContent?alt=sse", user("[[sim ttft=0 itl=0 tokens=3]]"),
                ",\"generationConfig\":{\"thinkingConfig\":{\"includeThoughts\":true}}").body();
        var events = Caller.data(body).stream().map(Caller::parse).toList();
        assertThat(events).hasSize(1 + 3 + 1);
        assertThat(events.getFirst().at("/candidates/0/content/parts/0/thought").asBoolean()).isTrue();
        assertThat(events.get(1).at("/candidates/0/content/parts/0/text").asText()).isEqualTo(Script.piece(0));
        assertThat(events.getLast().at("/candidates/0/finishReason").asText()).isEqualTo("STOP");
        JsonNode usage = events.getLast().path("usageMetadata");
        assertThat(usage.path("totalTokenCount").asInt()).isEqualTo(usage.path("promptTokenCount").asInt() + 3 + 5);
    }

    @Test
    void refusesACallWithoutItsSignature() throws Exception {
        assertThat(giveBack("").body()).contains("missing a thought_signature");
        assertThat(giveBack(",\"thoughtSignature\":\"AAAA\"").body()).contains("Corrupted thought signature");
        assertThat(giveBack(",\"thoughtSignature\":\"" + GeminiSignature.LOST + "\"").statusCode()).isEqualTo(200);
        String own = GeminiSignature.of(Caller.parse("{\"name\":\"f\",\"args\":{}}"));
        assertThat(giveBack(",\"thoughtSignature\":\"" + own + "\"").statusCode()).isEqualTo(200);
    }

    @Test
    void failsInGooglesShape() throws Exception {
        JsonNode limited = Caller.parse(ask("generateContent", user("[[sim fault=429@7]]"), "").body());
        assertThat(limited.at("/error/status").asText()).isEqualTo("RESOURCE_EXHAUSTED");
        assertThat(limited.at("/error/details/0/retryDelay").asText()).isEqualTo("7s");
        assertThat(
                caller.postTo("/v1beta/models/other:generateContent", Caller.parse("{\"contents\":[" + user("") + "]}"))
                        .statusCode())
                .isEqualTo(404);
    }
}
