package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.OLLAMA_NATIVE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class OllamaDialectTest {
    private static JsonNode sent(String model, String body) throws IOException {
        return Recordings.JSON.readTree(
                Samples.sent(OLLAMA_NATIVE, Samples.envelope(false, false, body), Samples.candidate(model)).body());
    }

    private static Seen see(String... lines) {
        return Seen.of(OLLAMA_NATIVE, Samples.streaming(), Samples.bytes(String.join("\n", lines) + "\n"));
    }

    @Test
    void translatesMessagesToolsAndOptions() throws IOException {
        assertThat(sent("qwen3",
                """
                        {"messages":[{"role":"developer","content":"s"},
                         {"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},
                         {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"1","type":"function",
                          "function":{"name":"f","arguments":"{\\"a\\":1}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}],
                         "max_completion_tokens":5,"temperature":0,"seed":3,"stop":"x","reasoning_effort":"low",
                         "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},
                         "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],
                         "tool_choice":{"type":"function","function":{"name":"f"}}}"""))
                .isEqualTo(Recordings.JSON.readTree(
                        """
                                {"model":"qwen3","stream":false,"messages":[{"role":"system","content":"s"},
                                 {"role":"user","content":"q","images":["AA"]},
                                 {"role":"assistant","content":"","thinking":"hm","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},
                                 {"role":"tool","content":"r","tool_name":"f"}],
                                 "tools":[{"type":"function","function":{"name":"f"}}],"format":{"type":"object"},"think":true,
                                 "options":{"temperature":0,"seed":3,"num_predict":5,"stop":["x"]}}"""));
        assertThat(sent("gpt-oss:20b", "{\"messages\":[],\"reasoning_effort\":\"xhigh\"}").path("think").asText())
                .isEqualTo("high");
        assertThat(sent("qwen3", "{\"messages\":[],\"reasoning_effort\":\"none\"}").path("think").isBoolean()).isTrue();
        assertThat(sent("qwen3", "{\"messages\":[],\"tools\":[{}],\"tool_choice\":\"none\"}").has("tools")).isFalse();
        assertThat(Samples.sent(OLLAMA_NATIVE, Samples.streaming(), Samples.CANDIDATE).path())
                .isEqualTo("/v1/api/chat");
    }

    @Test
    void refusesWhatOllamaHasNot() {
        Outbound outbound = Samples.dialect(OLLAMA_NATIVE).request(Samples.envelope(false, false,
                """
                        {"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.test/a.png"}}]}]}"""),
                Samples.CANDIDATE);
        assertThat(((Outbound.Unsupported) outbound).error().param()).isEqualTo("messages[0].content[0]");
    }

    @Test
    void givesThoughtsAndCallsAndAReasonForThem() throws IOException {
        Seen seen = see(
                "{\"model\":\"qwen3\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}",
                "{\"model\":\"qwen3\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":"
                        + "{\"name\":\"f\",\"arguments\":{\"a\":1}}},{\"function\":{\"name\":\"g\",\"arguments\":{}}}]},\"done\":false}",
                "{\"model\":\"qwen3\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"stop\",\"done\":true,"
                        + "\"prompt_eval_count\":5,\"eval_count\":3}");
        List<JsonNode> chunks = Conversation.chunks(seen.events());
        assertThat(chunks.get(0).at("/choices/0/delta/reasoning_content").asText()).isEqualTo("hm");
        assertThat(chunks.get(1).at("/choices/0/delta/tool_calls/1").toString()).isEqualTo(
                "{\"index\":1,\"id\":\"call_abc123_0_1\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}");
        assertThat(chunks.get(2).at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(chunks.get(3).at("/usage/total_tokens").asInt()).isEqualTo(8);
    }

    @Test
    void doesNotKnowWhatACachedPromptWas() {
        Seen seen = see("{\"message\":{\"content\":\"Hello\"},\"done\":false}",
                "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\",\"eval_count\":3}");
        assertThat(((Outcome.Completed) seen.outcome()).consumption().estimated()).isTrue();
        assertThat(seen.text()).contains("\"finish_reason\":\"length\"");
    }

    @Test
    void failsByALineThatTellsOfAnError() {
        assertThat(see("{\"error\":\"model runner has unexpectedly stopped\"}").outcome())
                .isEqualTo(new Outcome.Refused(Failures.FAILED));
        assertThat(see("{\"message\":{\"content\":\"a\"},\"done\":false}", "{\"error\":\"x\"}").outcome())
                .isInstanceOf(Outcome.Broken.class);
        assertThat(Samples.dialect(OLLAMA_NATIVE).error(404, _ -> null,
                Samples.bytes("{\"error\":\"model 'x' not found\"}")).message()).isEqualTo("model 'x' not found");
    }
}
