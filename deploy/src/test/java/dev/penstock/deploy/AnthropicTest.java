package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The same way as in {@link EndToEndTest}, where the provider speaks Anthropic's Messages. */
class AnthropicTest extends EndToEndTest {
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
        ToolLoop.givesBackWhatWasSigned(bed, """
                "model":"sim-small","thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":2000""",
                (thought, messages) -> assertThat(thought)
                        .isEqualTo("The water thinks of " + messages + " messages."));
    }

    @Test
    void aLoopWhoseThoughtsAreLostGoesOnWithoutThinking() throws Exception {
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-small","thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":2000,"tools":%s,
                 "messages":[{"role":"user","content":"[[sim ttft=0 itl=0 tokens=4]] Weather?"},
                 {"role":"assistant","tool_calls":[{"id":"another_providers","type":"function","function":
                 {"name":"get_weather","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"another_providers","content":"18°C"}]}""".formatted(ToolLoop.TOOLS));
        JsonNode message = ToolLoop.answer(bed, request).at("/choices/0/message");

        assertThat(message.path("content").asText()).startsWith("1.");
        assertThat(message.has("reasoning_content")).isFalse();
    }

    @Test
    void aStreamedCallIsSignedToo() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-small","stream":true,"thinking":{"type":"enabled","budget_tokens":1024},"tools":%s,
                 "messages":[{"role":"user","content":"[[sim tool ttft=0 itl=0]] Weather?"}]}"""
                .formatted(ToolLoop.TOOLS));

        assertThat(response.body()).contains("\"reasoning_content\":\"The water thinks of 1 messages.\"")
                .contains("__pst_").contains("\"finish_reason\":\"tool_calls\"").endsWith("data: [DONE]\n\n");
    }

    @Test
    void whatCameFromTheCacheIsPartOfThePrompt() throws Exception {
        var request = (ObjectNode) ApiClient.JSON.readTree("""
                {"model":"sim-small","messages":[{"role":"user","content":[{"type":"text","text":
                 "[[sim ttft=0 itl=0 tokens=4]] What was the question of yesterday?",
                 "cache_control":{"type":"ephemeral"}}]}]}""");
        JsonNode usage = ToolLoop.answer(bed, request).path("usage");

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
}
