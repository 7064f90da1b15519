package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A model that only OpenAI's Responses API has, asked as any other. */
@ExtendWith(SharedBed.class)
class ResponsesBackEndTest {
    private static final String TOOLS = """
            [{"type":"function","function":{"name":"get_weather","parameters":
            {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]""";

    private final TestBed bed;

    ResponsesBackEndTest(TestBed bed) {
        this.bed = bed;
    }

    @Test
    void threeTurnsWithToolsGiveTheModelItsReasoningBack() throws Exception {
        long before = bed.simulated("signatures");
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-responses","reasoning_effort":"low","reasoning":{"summary":"auto"},"tools":%s,
                 "messages":[{"role":"user","content":"[[sim tool ttft=0 itl=0 tokens=4]] Weather?"}]}"""
                .formatted(TOOLS));
        var messages = (ArrayNode) request.get("messages");
        for (int turn = 0; turn < 3; turn++) {
            JsonNode message = answer(request).at("/choices/0/message");
            assertThat(message.path("reasoning_content").asText()).startsWith("The water thinks of ");
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
    void aStreamEndsWithItsUsageOrSaysThatItBroke() throws Exception {
        assertThat(stream("tokens=3 ttft=0 itl=0")).contains("\"content\":\" The\"")
                .contains("\"completion_tokens\":3").endsWith("data: [DONE]\n\n");
        assertThat(stream("ttft=0 itl=0 error@2")).contains("\"content\":\" The\"").contains("event: error\n")
                .doesNotContain("[DONE]");
    }

    /** As OpenAI itself does for the models that reason. */
    @Test
    void stopIsRefusedByItsName() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-responses","stop":"x","messages":[{"role":"user","content":"Hi"}]}""");

        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode error = ApiClient.JSON.readTree(response.body()).path("error");
        assertThat(error.path("param").asText()).isEqualTo("stop");
    }

    private String stream(String words) throws Exception {
        return bed.post("""
                {"model":"sim-responses","stream":true,"stream_options":{"include_usage":true},
                 "messages":[{"role":"user","content":"[[sim %s]] Hello"}]}""".formatted(words)).body();
    }

    private JsonNode answer(ObjectNode request) throws Exception {
        HttpResponse<String> response = bed.post(request.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiClient.JSON.readTree(response.body());
    }
}
