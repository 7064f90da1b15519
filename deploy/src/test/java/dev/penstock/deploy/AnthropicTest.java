package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The same way as in {@link EndToEndTest}, where the provider speaks Anthropic's Messages. */
class AnthropicTest extends EndToEndTest {
    private static final String TOOLS = """
            [{"type":"function","function":{"name":"get_weather","parameters":
            {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]""";
    private TestBed bed;

    @Override
    TestBed bed(Path folder) throws Exception {
        bed = new TestBed(folder, simulator -> """
                providers:
                  claude: {kind: ANTHROPIC, baseUrl: %s, apiKey: any, maxConcurrentCalls: 1000}
                models:
                  sim-small: {provider: claude, price: {input: 0.1, output: 0.4}}
                  sim-large: {provider: claude}
                """.formatted(simulator));
        return bed;
    }

    @Test
    void threeTurnsWithToolsGiveTheModelItsSignedThoughtsBack() throws Exception {
        long before = bed.simulated("signatures");
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-small","thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":2000,"tools":%s,
                 "messages":[{"role":"user","content":"[[sim tool ttft=0 itl=0 tokens=4]] Weather?"}]}"""
                .formatted(TOOLS));
        var messages = (ArrayNode) request.get("messages");
        for (int turn = 0; turn < 3; turn++) {
            JsonNode message = answer(request).at("/choices/0/message");
            assertThat(message.path("reasoning_content").asText())
                    .isEqualTo("The water thinks of " + messages.size() + " messages.");
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
    void aLoopWhoseThoughtsAreLostGoesOnWithoutThinking() throws Exception {
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-small","thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":2000,"tools":%s,
                 "messages":[{"role":"user","content":"[[sim ttft=0 itl=0 tokens=4]] Weather?"},
                 {"role":"assistant","tool_calls":[{"id":"another_providers","type":"function","function":
                 {"name":"get_weather","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"another_providers","content":"18°C"}]}""".formatted(TOOLS));
        JsonNode message = answer(request).at("/choices/0/message");

        assertThat(message.path("content").asText()).startsWith("1.");
        assertThat(message.has("reasoning_content")).isFalse();
    }

    @Test
    void aStreamedCallIsSignedToo() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-small","stream":true,"thinking":{"type":"enabled","budget_tokens":1024},"tools":%s,
                 "messages":[{"role":"user","content":"[[sim tool ttft=0 itl=0]] Weather?"}]}""".formatted(TOOLS));

        assertThat(response.body()).contains("\"reasoning_content\":\"The water thinks of 1 messages.\"")
                .contains("__pst_").contains("\"finish_reason\":\"tool_calls\"").endsWith("data: [DONE]\n\n");
    }

    @Test
    void whatCameFromTheCacheIsPartOfThePrompt() throws Exception {
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-small","messages":[{"role":"user","content":[{"type":"text","text":
                 "[[sim ttft=0 itl=0 tokens=4]] What was the question of yesterday?",
                 "cache_control":{"type":"ephemeral"}}]}]}""");
        JsonNode usage = answer(request).path("usage");

        assertThat(usage.path("prompt_tokens").asLong()).isEqualTo(17);
        assertThat(usage.at("/prompt_tokens_details/cached_tokens").asLong()).isEqualTo(8);
    }

    @Test
    void whatTheProviderHasNotIsRefusedByName() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-small","logprobs":true,"messages":[{"role":"user","content":"Hi"}]}""");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(ApiClient.JSON.readTree(response.body()).at("/error/param").asText()).isEqualTo("logprobs");
    }

    @Test
    void choicesThatTheProviderGivesOneByOneAreOneAnswer() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-small","n":2,"messages":[{"role":"user","content":"Hi"}]}""");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode choices = ApiClient.JSON.readTree(response.body()).path("choices");
        assertThat(choices.findValuesAsText("index")).containsExactly("0", "1");
        assertThat(choices.findValuesAsText("finish_reason")).containsExactly("stop", "stop");
    }

    private JsonNode answer(ObjectNode request) throws Exception {
        HttpResponse<String> response = bed.post(request.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiClient.JSON.readTree(response.body());
    }
}
