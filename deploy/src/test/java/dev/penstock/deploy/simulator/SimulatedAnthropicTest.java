package dev.penstock.deploy.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedAnthropicTest extends OnSimulator {
    private static final String THINKING = ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}";
    private HttpResponse<String> ask(String messages, String more) throws Exception {
        return caller.postTo("/v1/messages", Caller.parse(
                "{\"model\":\"sim-small\",\"max_tokens\":2000,\"messages\":[" + messages + "]" + more + "}"));
    }

    private static String user(String text) {
        return "{\"role\":\"user\",\"content\":\"" + text + "\"}";
    }

    /** A turn that called a tool after this thought, and what that led to. */
    private HttpResponse<String> giveBack(String thought) throws Exception {
        return ask(user("[[sim ttft=0 itl=0 tokens=2]]") + ",{\"role\":\"assistant\",\"content\":[" + thought
                + "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}]},"
                + "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"1\"}]}",
                THINKING);
    }

    @Test
    void streamsItsEventsByTheirNames() throws Exception {
        String body = ask(user("[[sim ttft=0 itl=0 tokens=2]]"), ",\"stream\":true" + THINKING).body();
        List<JsonNode> events = body.lines().filter(line -> line.startsWith("data: "))
                .map(line -> Caller.parse(line.substring("data: ".length()))).toList();
        assertThat(body.lines().filter(line -> line.startsWith("event: ")).map(line -> line.substring(7)))
                .isEqualTo(events.stream().map(event -> event.path("type").asText()).toList())
                .containsExactly("message_start", "content_block_start", "content_block_delta", "content_block_delta",
                        "content_block_stop", "content_block_start", "ping", "content_block_delta",
                        "content_block_delta", "content_block_stop", "message_delta", "message_stop");
        assertThat(events.get(7).at("/delta/text").asText()).isEqualTo(Script.piece(0));
        assertThat(events.get(10).at("/delta/stop_reason").asText()).isEqualTo("end_turn");
        assertThat(events.get(10).at("/usage/output_tokens").asInt()).isEqualTo(2 + 5);
    }

    @Test
    void refusesACallWithoutTheThoughtBeforeIt() throws Exception {
        assertThat(giveBack("").body()).contains("Expected `thinking`");
        String thought = "{\"type\":\"thinking\",\"thinking\":\"so\",\"signature\":\"%s\"},";
        assertThat(giveBack(thought.formatted("AAAA")).body()).contains("Invalid `signature`");
        assertThat(giveBack(thought.formatted(AnthropicDialect.sign("so"))).statusCode()).isEqualTo(200);
    }

    @Test
    void refusesWhatAnthropicDoes() throws Exception {
        assertThat(ask("{\"role\":\"assistant\",\"content\":\"Hi\"}", "").body()).contains("first message");
        HttpResponse<String> unlimited = caller.postTo("/v1/messages",
                Caller.parse("{\"model\":\"sim-small\",\"messages\":[" + user("Hi") + "]}"));
        assertThat(unlimited.statusCode()).isEqualTo(400);
        assertThat(unlimited.body()).contains("max_tokens: Field required");
    }

    @Test
    void failsInAnthropicsShape() throws Exception {
        HttpResponse<String> limited = ask(user("[[sim fault=429@7]]"), "");
        assertThat(limited.headers().firstValue("retry-after")).hasValue("7");
        assertThat(Caller.parse(limited.body()).at("/error/type").asText()).isEqualTo("rate_limit_error");
    }
}
