package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.DEEPSEEK;
import static dev.penstock.schemas.catalog.ProviderKind.GROQ;
import static dev.penstock.schemas.catalog.ProviderKind.MISTRAL;
import static dev.penstock.schemas.catalog.ProviderKind.OPENAI;
import static dev.penstock.schemas.catalog.ProviderKind.QWEN;
import static dev.penstock.schemas.catalog.ProviderKind.XAI;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Secret;
import java.net.URI;
import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenAiDialectTest {
    private static String sent(ProviderKind kind, boolean stream, String body) {
        return new String(
                Samples.sent(kind, Samples.envelope(stream, false, body), Samples.CANDIDATE).body(),
                StandardCharsets.UTF_8);
    }

    private static void assertSent(ProviderKind kind, String body, String expected) throws JsonProcessingException {
        var mapper = new ObjectMapper();
        JsonNode sent = mapper.readTree(sent(kind, false, body));
        assertThat(sent).isEqualTo(mapper.readTree(expected));
    }

    @Test
    void putsModelAndStreamBeforeABodyThatItDoesNotTouch() {
        assertThat(sent(OPENAI, true, " {  \"seed\" : 1e0,\"messages\":[ ]}")).isEqualTo(
                "{\"model\":\"acme-1\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"seed\" : 1e0,\"messages\":[ ]}");
        assertThat(sent(OPENAI, false, "{ }")).isEqualTo("{\"model\":\"acme-1\",\"stream\":false}");
    }

    @Test
    void escapesTheModel() {
        var request = Samples.sent(OPENAI, Samples.whole(), Samples.candidate("a\"b\\c"));
        assertThat(new String(request.body(), StandardCharsets.UTF_8)).startsWith("{\"model\":\"a\\\"b\\\\c\",");
    }

    @Test
    void sendsTheKeyAndDoesNotPrintIt() {
        var request = Samples.sent(OPENAI, Samples.streaming(), Samples.CANDIDATE);
        assertThat(request.path()).isEqualTo("/v1/chat/completions");
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-secret")
                .containsEntry("accept", "text/event-stream").doesNotContainKey("accept-encoding");
        assertThat(request.toString()).doesNotContain("sk-secret");
    }

    @Test
    void keepsAnotherProvidersReasoningOutOfToolCallIds() throws JsonProcessingException {
        String id = CarriedState.ANTHROPIC.attach("toolu_1", new byte[]{1, 2, 3});
        assertSent(OPENAI, """
                {"messages":[{"role":"assistant","tool_calls":[{"id":"%s"},{"id":"toolu_2"}]},
                 {"role":"tool","tool_call_id":"%s"},{"role":"user","content":"%s"}]}""".formatted(id, id, id), """
                {"model":"acme-1","stream":false,
                 "messages":[{"role":"assistant","tool_calls":[{"id":"toolu_1"},{"id":"toolu_2"}]},
                 {"role":"tool","tool_call_id":"toolu_1"},{"role":"user","content":"%s"}]}""".formatted(id));
    }

    @Test
    void sendsTheKeyThatItIsGiven() {
        var dialect = Dialect.of(Samples.provider(GROQ).withKey(new Secret("sk-other")));
        var request = (OutboundRequest) dialect.request(Samples.streaming(), Samples.CANDIDATE);
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-other");
    }

    @Test
    void letsOpenAiKnowARequestAgain() {
        var first = Samples.sent(OPENAI, Samples.streaming(), Samples.CANDIDATE);
        var second = Samples.sent(OPENAI, Hop.to(0, Samples.streaming()), Samples.CANDIDATE);
        assertThat(first.headers()).containsKey("idempotency-key");
        assertThat(second.headers().get("idempotency-key")).isEqualTo(first.headers().get("idempotency-key"));
        assertThat(Samples.sent(GROQ, Samples.streaming(), Samples.CANDIDATE).headers())
                .doesNotContainKey("idempotency-key");
    }

    @Test
    void asksACandidateWithItsOwnParameters() {
        var candidate = Candidate.newBuilder().setProvider("acme").setModel("acme-2").setAfter(FallbackCause.FAILURE)
                .setParameters(ByteBuffer.wrap(Samples.bytes("{\"temperature\":0,\"seed\":5}"))).build();
        var envelope = Samples.envelope(false, false, "{\"temperature\":1,\"messages\":[]}");
        var asked = Parameters.over(envelope, candidate);
        assertThat(new String(Samples.sent(OPENAI, asked, candidate).body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"acme-2\",\"stream\":false,\"temperature\":0,\"messages\":[],\"seed\":5}");
        assertThat(Parameters.over(envelope, Samples.CANDIDATE)).isSameAs(envelope);
    }

    @Test
    void speaksMistral() throws JsonProcessingException {
        assertSent(MISTRAL, """
                {"seed":7,"max_completion_tokens":9,"tool_choice":"required","logit_bias":{"1":2},"user":"u",
                 "reasoning_effort":"low","messages":[{"role":"developer","content":"s"},
                 {"role":"assistant","content":"a","reasoning_content":"r","refusal":null,
                  "tool_calls":[{"id":"abcDEF123","type":"function"}]},
                 {"role":"tool","tool_call_id":"abcDEF123","content":"x"}]}""", """
                {"model":"acme-1","stream":false,"random_seed":7,"max_tokens":9,"tool_choice":"any",
                 "messages":[{"role":"system","content":"s"},
                 {"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"r"}]},
                   {"type":"text","text":"a"}],"tool_calls":[{"id":"abcDEF123","type":"function"}]},
                 {"role":"tool","tool_call_id":"abcDEF123","content":"x"}]}""");
        assertThat(sent(MISTRAL, true, "{}")).doesNotContain("stream_options");
    }

    @Test
    void tellsWhatItLeavesOut() {
        assertThat(dropped(MISTRAL,
                "{\"user\":\"u\",\"store\":false,\"logit_bias\":{\"1\":2},\"reasoning_effort\":\"low\"}"))
                .containsExactlyInAnyOrder("user", "logit_bias", "reasoning_effort");
        assertThat(dropped(GROQ, "{\"messages\":[{\"role\":\"user\",\"name\":\"n\",\"content\":\"c\"}]}"))
                .containsExactly("messages[].name");
        assertThat(dropped(DEEPSEEK, "{\"reasoning_effort\":\"none\",\"max_completion_tokens\":5}")).isEmpty();
        assertThat(dropped(OPENAI, "{\"user\":\"u\"}")).isEmpty();
    }

    private static List<String> dropped(ProviderKind kind, String body) {
        return Samples.sent(kind, Samples.envelope(false, false, body), Samples.CANDIDATE).dropped();
    }

    /** The others are asked for all choices at once. */
    @Test
    void someGiveOneChoiceACall() {
        var envelope = Samples.envelope(false, false, "{\"messages\":[],\"n\":3}");
        for (ProviderKind kind : List.of(DEEPSEEK, GROQ, ProviderKind.OPENROUTER, ProviderKind.OLLAMA)) {
            OutboundRequest request = Samples.sent(kind, envelope, Samples.CANDIDATE);
            assertThat(request.calls()).as("%s", kind).isEqualTo(3);
            assertThat(new String(request.body(), StandardCharsets.UTF_8)).doesNotContain("\"n\"");
        }
        for (ProviderKind kind : List.of(OPENAI, MISTRAL, ProviderKind.OPENAI_COMPATIBLE)) {
            OutboundRequest request = Samples.sent(kind, envelope, Samples.CANDIDATE);
            assertThat(request.calls()).as("%s", kind).isEqualTo(1);
            assertThat(new String(request.body(), StandardCharsets.UTF_8)).contains("\"n\":3");
        }
    }

    @Test
    void givesMistralToolCallIdsThatItTakes() throws JsonProcessingException {
        var messages = new ObjectMapper().readTree(sent(MISTRAL, false, """
                {"messages":[{"role":"assistant","tool_calls":[{"id":"call_1"},{"id":"call_2"}]},
                 {"role":"tool","tool_call_id":"call_1"}]}""")).path("messages");
        String first = messages.at("/0/tool_calls/0/id").asText();
        assertThat(first).matches("[a-zA-Z0-9]{9}").isEqualTo(messages.at("/1/tool_call_id").asText())
                .isNotEqualTo(messages.at("/0/tool_calls/1/id").asText());
    }

    @Test
    void speaksDeepSeek() throws JsonProcessingException {
        assertSent(DEEPSEEK, """
                {"max_completion_tokens":9,"reasoning_effort":"none","messages":[{"role":"developer"}]}""", """
                {"model":"acme-1","stream":false,"max_tokens":9,"thinking":{"type":"disabled"},
                 "messages":[{"role":"system"}]}""");
        assertThat(sent(DEEPSEEK, false, "{\"reasoning_effort\":\"xhigh\"}")).contains("\"high\"");
    }

    @Test
    void speaksGroq() throws JsonProcessingException {
        assertSent(GROQ, """
                {"messages":[{"role":"assistant","name":"n","content":"c","reasoning_content":"r"}]}""", """
                {"model":"acme-1","stream":false,"messages":[{"role":"assistant","content":"c","reasoning":"r"}]}""");
    }

    @Test
    void speaksQwen() throws JsonProcessingException {
        assertSent(QWEN, "{\"frequency_penalty\":1,\"reasoning_effort\":\"none\"}",
                "{\"model\":\"acme-1\",\"stream\":false,\"enable_thinking\":false}");
        var open = Samples.sent(QWEN, Samples.whole(), Samples.candidate("qwen3-8b"));
        assertThat(new String(open.body(), StandardCharsets.UTF_8)).contains("\"enable_thinking\":false");
        var streamed = Samples.sent(QWEN, Samples.streaming(), Samples.candidate("qwen3-8b"));
        assertThat(new String(streamed.body(), StandardCharsets.UTF_8)).doesNotContain("enable_thinking");
    }

    @Test
    void speaksAzure() {
        assertThat(azure("https://x.openai.azure.com/openai/v1").path()).isEqualTo("/openai/v1/chat/completions");
        OutboundRequest deployed = azure("https://x.openai.azure.com/openai/deployments/?api-version=2024-10-21");
        assertThat(deployed.path())
                .isEqualTo("/openai/deployments/my-gpt%2F4/chat/completions?api-version=2024-10-21");
        assertThat(deployed.headers()).containsEntry("api-key", "sk-secret").doesNotContainKey("authorization");
    }

    private static OutboundRequest azure(String baseUrl) {
        var provider = new Provider("azure", ProviderKind.AZURE, URI.create(baseUrl), new Secret("sk-secret"), 4,
                Provider.Timeouts.DEFAULT);
        return (OutboundRequest) Dialect.of(provider).request(Samples.whole(), Samples.candidate("my-gpt/4"));
    }

    @Test
    void givesMistralFilesSoundsAndBeginnings() throws JsonProcessingException {
        assertSent(MISTRAL,
                """
                        {"messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AA"}},
                         {"type":"input_audio","input_audio":{"data":"BB","format":"mp3"}},{"type":"text","text":"t","cache_control":{}}]},
                         {"role":"assistant","content":"So"}]}""",
                """
                        {"model":"acme-1","stream":false,"messages":[{"role":"user","content":[
                         {"type":"document_url","document_url":"data:application/pdf;base64,AA"},
                         {"type":"input_audio","input_audio":"BB"},{"type":"text","text":"t"}]},
                         {"role":"assistant","content":"So","prefix":true}]}""");
        var magistral = Samples.sent(MISTRAL, Samples.envelope(false, false, "{\"reasoning_effort\":\"low\"}"),
                Samples.candidate("magistral-medium-latest"));
        assertThat(new String(magistral.body(), StandardCharsets.UTF_8)).contains("\"prompt_mode\":\"reasoning\"")
                .doesNotContain("reasoning_effort");
    }

    @Test
    void givesDeepSeekSchemasInWordsAndEmptyReasoningForLost() throws JsonProcessingException {
        assertSent(DEEPSEEK, """
                {"messages":[{"role":"user","content":"q"}],
                 "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}""",
                """
                        {"model":"acme-1","stream":false,"response_format":{"type":"json_object"},"messages":[{"role":"system","content":
                         "Answer with JSON that conforms to this schema: {\\"type\\":\\"object\\"}"},{"role":"user","content":"q"}]}""");
        var v4 = Samples.sent(DEEPSEEK, Samples.envelope(false, false,
                "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[]}]}"), Samples.candidate("deepseek-v4-pro"));
        assertThat(new String(v4.body(), StandardCharsets.UTF_8)).contains("\"reasoning_content\":\"\"");
    }

    @Test
    void givesEffortInTheStepsThatGroqAndXaiKnow() {
        assertThat(effort(GROQ, "openai/gpt-oss-20b", "minimal")).contains("\"low\"");
        assertThat(effort(GROQ, "qwen/qwen3-32b", "high")).contains("\"default\"");
        assertThat(effort(XAI, "grok-4.3", "xhigh")).contains("\"high\"");
        assertThat(effort(XAI, "grok-4-fast", "low")).doesNotContain("reasoning_effort");
    }

    private static String effort(ProviderKind kind, String model, String effort) {
        return new String(Samples.sent(kind,
                Samples.envelope(false, false, "{\"reasoning_effort\":\"" + effort + "\"}"), Samples.candidate(model))
                .body(), StandardCharsets.UTF_8);
    }
}
