package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.QWEN_NATIVE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class QwenDialectTest {
    private static OutboundRequest request(String model, boolean stream, String body) {
        return Samples.sent(QWEN_NATIVE, Samples.envelope(stream, false, body), Samples.candidate(model));
    }

    private static JsonNode sent(String model, boolean stream, String body) throws IOException {
        return Recordings.JSON.readTree(request(model, stream, body).body());
    }

    private static Seen see(String... lines) {
        return Seen.of(QWEN_NATIVE, Samples.streaming(), Samples.bytes(String.join("\n", lines) + "\n"));
    }

    @Test
    void putsMessagesAndParametersInTheirPlaces() throws IOException {
        String body = """
                {"messages":[{"role":"developer","content":"s"},{"role":"user","content":[{"type":"text","text":"q"}]}],
                 "max_completion_tokens":5,"top_k":3,"response_format":{"type":"json_object"},"reasoning_effort":"high",
                 "thinking_budget":7}""";
        assertThat(sent("qwen-plus", true, body)).isEqualTo(Recordings.JSON.readTree(
                """
                        {"model":"qwen-plus","input":{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]},
                         "parameters":{"result_format":"message","incremental_output":true,"top_k":3,"thinking_budget":7,
                         "max_tokens":5,"response_format":{"type":"json_object"},"enable_thinking":true}}"""));
        OutboundRequest request = request("qwen-plus", true, body);
        assertThat(request.path()).isEqualTo("/v1/services/aigc/text-generation/generation");
        assertThat(request.headers()).containsEntry("x-dashscope-sse", "enable").containsEntry("authorization",
                "Bearer sk-secret");
        assertThat(sent("qwen3-8b", false, "{\"messages\":[]}").at("/parameters/enable_thinking").asBoolean(true))
                .isFalse();
    }

    @Test
    void asksModelsThatSeeElsewhereAndInParts() throws IOException {
        String body = """
                {"messages":[{"role":"user","content":[{"type":"text","text":"q"},
                 {"type":"image_url","image_url":{"url":"https://x.test/a.png"}}]}]}""";
        assertThat(request("qwen-plus", false, body).path())
                .isEqualTo("/v1/services/aigc/multimodal-generation/generation");
        assertThat(sent("qwen-plus", false, body).at("/input/messages/0/content").toString())
                .isEqualTo("[{\"text\":\"q\"},{\"image\":\"https://x.test/a.png\"}]");
        assertThat(sent("qwen-vl-plus", false, "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}")
                .at("/input/messages/0/content").toString()).isEqualTo("[{\"text\":\"q\"}]");
    }

    @Test
    void readsTheStatusOfAnErrorFromTheCommentBeforeIt() {
        assertThat(see("id:1", "event:error", ":HTTP_STATUS/400",
                "data:{\"code\":\"InvalidParameter\",\"message\":\"Bad\",\"request_id\":\"x\"}", "").outcome())
                .isInstanceOfSatisfying(Outcome.Rejected.class, rejected -> {
                    assertThat(rejected.error().status()).isEqualTo(400);
                    assertThat(rejected.error().message()).isEqualTo("Bad");
                });
        assertThat(see("data:{\"code\":\"Throttling.RateQuota\",\"message\":\"m\"}", "").outcome())
                .isInstanceOfSatisfying(Outcome.Refused.class,
                        refused -> assertThat(refused.error().status()).isEqualTo(429));
        assertThat(see("data:{\"code\":\"InvalidApiKey\",\"message\":\"m\"}", "").outcome())
                .isEqualTo(new Outcome.Refused(Failures.AUTHENTICATION));
    }

    @Test
    void endsWithToolCallsThoughAForcedCallEndsWithStop() {
        Seen seen = see(
                "data:{\"output\":{\"choices\":[{\"message\":{\"content\":\"\",\"tool_calls\":[{\"index\":0,\"id\":\"c\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"null\"}]}}",
                "data:{\"output\":{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]},"
                        + "\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}");
        assertThat(seen.text()).contains("\"finish_reason\":\"tool_calls\"").contains("\"total_tokens\":5");
    }
}
