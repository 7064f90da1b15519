package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.function.ObjIntConsumer;

/** A client of OpenAI's that has a model that reasons call a tool, turn by turn. */
final class ToolLoop {
    static final String TOOLS = """
            [{"type":"function","function":{"name":"get_weather","parameters":
            {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]""";

    private ToolLoop() {}

    /**
     * Three turns with calls, then the answer; in each the model gets back all that it has signed.
     *
     * @param model and how much it reasons, as the first fields of the request
     * @param reasoning checks what it thought, of so many messages
     */
    static void givesBackWhatWasSigned(TestBed bed, String model, ObjIntConsumer<String> reasoning) throws Exception {
        long before = bed.simulated("signatures");
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {%s,"tools":%s,
                 "messages":[{"role":"user","content":"[[sim tool ttft=0 itl=0 tokens=4]] Weather?"}]}"""
                .formatted(model, TOOLS));
        var messages = (ArrayNode) request.get("messages");
        for (int turn = 0; turn < 3; turn++) {
            JsonNode message = answer(bed, request).at("/choices/0/message");
            reasoning.accept(message.path("reasoning_content").asText(), messages.size());
            JsonNode call = message.at("/tool_calls/0");
            assertThat(call.at("/function/name").asText()).isEqualTo("get_weather");
            // No more than any client of OpenAI's gives back.
            messages.addObject().put("role", "assistant").putNull("content").putArray("tool_calls").add(call);
            messages.addObject().put("role", "tool").put("tool_call_id", call.path("id").asText()).put("content",
                    "18°C");
        }
        request.put("tool_choice", "none");
        JsonNode last = answer(bed, request);

        assertThat(last.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(last.at("/choices/0/message/content").asText()).startsWith("1.");
        assertThat(last.at("/usage/completion_tokens").asLong()).isEqualTo(4 + 5);
        assertThat(last.at("/usage/completion_tokens_details/reasoning_tokens").asLong()).isEqualTo(5);
        assertThat(bed.simulated("signatures") - before).isEqualTo(1 + 2 + 3);
    }

    static JsonNode answer(TestBed bed, ObjectNode request) throws Exception {
        HttpResponse<String> response = bed.post(request.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiClient.JSON.readTree(response.body());
    }
}
