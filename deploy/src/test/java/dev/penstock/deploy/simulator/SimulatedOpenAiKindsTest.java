package dev.penstock.deploy.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** OpenAI's Responses, and its chat completions as Azure and Mistral have them. */
class SimulatedOpenAiKindsTest extends OnSimulator {
    private static final String THREE = "[[sim ttft=0 itl=0 tokens=3]]";
    private static final String AZURE = "/openai/deployments/sim-small/chat/completions";
    private HttpResponse<String> respond(String input, String more) throws Exception {
        return caller.postTo("/v1/responses",
                Caller.parse("{\"model\":\"sim-small\",\"input\":" + input + more + "}"));
    }

    private static String user(String text) {
        return "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"" + text + "\"}]}";
    }

    @Test
    void aResponseStreamsNumberedEventsByTheirNames() throws Exception {
        String body = respond("[" + user(THREE) + "]",
                ",\"stream\":true,\"reasoning\":{\"effort\":\"low\"},\"max_output_tokens\":2").body();
        List<JsonNode> events = body.lines().filter(line -> line.startsWith("data: "))
                .map(line -> Caller.parse(line.substring("data: ".length()))).toList();

        assertThat(body.lines().filter(line -> line.startsWith("event: ")).map(line -> line.substring(7)))
                .isEqualTo(events.stream().map(event -> event.path("type").asText()).toList())
                .containsExactly("response.created", "response.in_progress", "response.output_item.added",
                        "response.output_item.done", "response.output_item.added", "response.content_part.added",
                        "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
                        "response.content_part.done", "response.output_item.done", "response.incomplete");
        assertThat(events).extracting(event -> event.path("sequence_number").asInt())
                .isEqualTo(IntStream.range(0, events.size()).boxed().toList());
        assertThat(events.getLast().at("/response/incomplete_details/reason").asText())
                .isEqualTo("max_output_tokens");
        assertThat(events.getLast().at("/response/usage/output_tokens").asInt()).isEqualTo(2 + 5);
    }

    @Test
    void aResponseRefusesReasoningThatItHasNotGivenAndTheOutputOfNoCall() throws Exception {
        JsonNode given = Caller.parse(respond("\"" + THREE + "\"",
                ",\"reasoning\":{\"effort\":\"low\"},\"include\":[\"reasoning.encrypted_content\"]").body())
                .at("/output/0");
        assertThat(respond("[" + given + "," + user(THREE) + "]", "").statusCode()).isEqualTo(200);
        String forged = given.toString().replace("gAAAA1_", "gAAAA2_");
        assertThat(respond("[" + forged + "," + user(THREE) + "]", "").body()).contains("could not be verified");

        String output = "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"18\"}";
        String call = "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}";
        assertThat(respond("[" + user(THREE) + "," + output + "]", "").body()).contains("No tool call found");
        assertThat(respond("[" + user(THREE) + "," + call + "," + output + "]", "").statusCode()).isEqualTo(200);
    }

    @Test
    void aResponseRefusesTheParametersOfChatCompletions() throws Exception {
        HttpResponse<String> refused = respond("\"" + THREE + "\"", ",\"stop\":[\"x\"]");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(Caller.parse(refused.body()).at("/error/param").asText()).isEqualTo("stop");
        assertThat(respond("\"[[sim error@1]]\"", ",\"stream\":true").body())
                .endsWith("\"param\":null}\n\n").contains("event: error\n").doesNotContain("response.completed");
    }

    @Test
    void azureWantsItsKeyAndAVersionAndBeginsWithAChunkOfNoChoice() throws Exception {
        var body = Caller.stream(THREE).put("model", "whatever");
        for (String lacking : List.of(AZURE, AZURE + "?api-version=2024-10-21")) {
            HttpResponse<String> refused = caller.postTo(lacking, body, "authorization", "Bearer k");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(Caller.parse(refused.body()).at("/error/code").asText()).isEqualTo("401");
        }
        HttpResponse<String> answer = caller.postTo(AZURE + "?api-version=2024-10-21", body, "api-key", "k");
        List<String> data = Caller.data(answer.body());
        assertThat(Caller.parse(data.getFirst()).path("choices")).isEmpty();
        assertThat(Caller.parse(data.getFirst()).has("prompt_filter_results")).isTrue();
        assertThat(Caller.text(data.subList(0, data.size() - 1).stream().map(Caller::parse).toList(), 0))
                .isEqualTo(Caller.script(3));
    }

    @Test
    void mistralIsForcedToCallByAny() throws Exception {
        var body = Caller.chat(THREE).put("tool_choice", "any");
        body.putArray("tools").addObject().put("type", "function").putObject("function").put("name", "f");
        assertThat(
                Caller.parse(caller.postTo(MistralDialect.PATH, body).body()).at("/choices/0/finish_reason").asText())
                .isEqualTo("tool_calls");
    }

    @Test
    void mistralTellsTheUsageUnaskedAndRefusesWhatItDoesNotKnow() throws Exception {
        List<String> data = Caller.data(caller.postTo(MistralDialect.PATH, Caller.stream(THREE)).body());
        JsonNode last = Caller.parse(data.get(data.size() - 2));
        assertThat(last.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(last.at("/usage/completion_tokens").asInt()).isEqualTo(3);

        var asking = Caller.stream(THREE);
        asking.putObject("stream_options").put("include_usage", true);
        HttpResponse<String> refused = caller.postTo(MistralDialect.PATH, asking);
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(Caller.parse(refused.body()).at("/detail/0/loc/1").asText()).isEqualTo("stream_options");
    }
}
