package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The same way as in {@link EndToEndTest}, where the provider speaks Gemini. */
class GeminiTest extends EndToEndTest {
    private static final String TOOLS = """
            [{"type":"function","function":{"name":"get_weather","parameters":
            {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]""";
    private TestBed bed;

    @Override
    TestBed bed(Path folder) throws Exception {
        bed = new TestBed(folder, simulator -> """
                providers:
                  google: {kind: GEMINI, baseUrl: %s, apiKey: any, maxConcurrentCalls: 1000}
                models:
                  sim-small: {provider: google, price: {input: 0.1, output: 0.4}}
                  sim-large: {provider: google}
                """.formatted(simulator.resolve("/v1beta")));
        return bed;
    }

    @Test
    void threeTurnsWithToolsGiveTheModelItsSignaturesBack() throws Exception {
        long before = bed.simulated("signatures");
        ObjectNode request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-small","reasoning_effort":"low","tools":%s,
                 "messages":[{"role":"user","content":"[[sim tool ttft=0 itl=0 tokens=4]] Weather?"}]}"""
                .formatted(TOOLS));
        var messages = (ArrayNode) request.get("messages");
        for (int turn = 0; turn < 3; turn++) {
            JsonNode message = answer(request).at("/choices/0/message");
            assertThat(message.path("reasoning_content").asText()).isEqualTo("The water thinks.");
            JsonNode call = message.at("/tool_calls/0");
            assertThat(call.at("/function/name").asText()).isEqualTo("get_weather");
            // No more than any client of OpenAI's gives back.
            messages.addObject().put("role", "assistant").putNull("content").putArray("tool_calls").add(call);
            messages.addObject().put("role", "tool").put("tool_call_id", call.path("id").asText()).put("content",
                    "18°C");
        }
        request.put("tool_choice", "none");
        JsonNode last = answer(request);

        assertThat(last.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(last.at("/choices/0/message/content").asText()).startsWith("1.");
        assertThat(last.at("/usage/completion_tokens").asLong()).isEqualTo(4 + 5);
        assertThat(last.at("/usage/completion_tokens_details/reasoning_tokens").asLong()).isEqualTo(5);
        assertThat(bed.simulated("signatures") - before).isEqualTo(1 + 2 + 3);
    }

    @Test
    void aStreamedCallIsSignedToo() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-small","stream":true,"reasoning_effort":"low","tools":%s,"tool_choice":"required",
                 "messages":[{"role":"user","content":"[[sim ttft=0 itl=0]] Weather?"}]}""".formatted(TOOLS));

        assertThat(response.body()).contains("\"reasoning_content\":\"The water thinks.\"").contains("__pst_")
                .contains("\"finish_reason\":\"tool_calls\"").endsWith("data: [DONE]\n\n");
    }

    @Test
    void whoWantsOneCallAtATimeGetsTheFirst() throws Exception {
        for (boolean stream : new boolean[]{false, true}) {
            for (boolean parallel : new boolean[]{false, true}) {
                HttpResponse<String> response = bed.post("""
                        {"model":"sim-small","stream":%s,"parallel_tool_calls":%s,"tools":%s,
                         "messages":[{"role":"user","content":"[[sim tool=2 ttft=0 itl=0]] Weather?"}]}"""
                        .formatted(stream, parallel, TOOLS));

                assertThat(response.body().split("\"name\":\"get_weather\"", -1)).hasSize(parallel ? 3 : 2);
                assertThat(response.body()).contains("\"finish_reason\":\"tool_calls\"");
                assertThat(response.headers().firstValue("x-penstock-dropped-params"))
                        .isEqualTo(parallel ? Optional.empty() : Optional.of("parallel_tool_calls"));
            }
        }
    }

    @Test
    void aRateLimitTellsWhenToComeAgain() throws Exception {
        HttpResponse<String> response = bed.post(body("[[sim fault=429@2]]", false));

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("retry-after")).hasValue("2");
    }

    private JsonNode answer(ObjectNode request) throws Exception {
        HttpResponse<String> response = bed.post(request.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiClient.JSON.readTree(response.body());
    }
}
