package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.ANTHROPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnthropicDialectTest {
    private static final String TOOLS = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";

    private static OutboundRequest request(String model, String fields) {
        return Samples.sent(ANTHROPIC,
                Samples.envelope(false, false, "{" + fields + (fields.contains("\"messages\"")
                        ? ""
                        : ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]") + "}"),
                Samples.candidate(model));
    }

    private static JsonNode sent(String model, String fields) throws IOException {
        return Recordings.JSON.readTree(request(model, fields).body());
    }

    private static void assertMessages(String messages, String system, String expected) throws IOException {
        JsonNode sent = sent("claude-sonnet-4-5", "\"messages\":" + messages);
        assertThat(sent.path("system").toString()).isEqualTo(system.replace('\'', '"'));
        assertThat(sent.path("messages")).isEqualTo(Recordings.JSON.readTree(expected.replace('\'', '"')));
    }

    private static @Nullable String refused(String fields) {
        Outbound outbound = Samples.dialect(ANTHROPIC).request(Samples.envelope(false, false, "{" + fields + "}"),
                Samples.candidate("claude-sonnet-5"));
        return outbound instanceof Outbound.Unsupported(ApiError error) ? error.param() : null;
    }

    @Test
    void instructionsComeFirstAndEachSideSpeaksInTurns() throws IOException {
        assertMessages("""
                [{"role":"system","content":"a"},{"role":"user","content":"b"},{"role":"user","content":"c"},
                 {"role":"developer","content":[{"type":"text","text":"d","cache_control":{"type":"ephemeral"}}]},
                 {"role":"assistant","content":"e"},{"role":"assistant","content":"f  "}]""", """
                [{'type':'text','text':'a'},{'type':'text','text':'d','cache_control':{'type':'ephemeral'}}]""", """
                [{'role':'user','content':[{'type':'text','text':'b'},{'type':'text','text':'c'}]},
                 {'role':'assistant','content':[{'type':'text','text':'e'},{'type':'text','text':'f'}]}]""");
    }

    @Test
    void anAssistantWhoGreetsIsAnsweringSomebody() throws IOException {
        assertMessages("""
                [{"role":"assistant","content":"Hello"},{"role":"user","content":"Hi"}]""", "", """
                [{'role':'user','content':[{'type':'text','text':'.'}]},
                 {'role':'assistant','content':[{'type':'text','text':'Hello'}]},
                 {'role':'user','content':[{'type':'text','text':'Hi'}]}]""");
    }

    @Test
    void resultsOfParallelCallsComeFirstInOneTurn() throws IOException {
        assertMessages("""
                [{"role":"user","content":"b"},{"role":"assistant","content":null,"tool_calls":[
                   {"id":"x","type":"function","function":{"name":"f","arguments":""}},
                   {"id":"y","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
                 {"role":"tool","tool_call_id":"x","content":""},
                 {"role":"user","content":"and"},{"role":"tool","tool_call_id":"y","content":"2"}]""", "", """
                [{'role':'user','content':[{'type':'text','text':'b'}]},
                 {'role':'assistant','content':[{'type':'tool_use','id':'x','name':'f','input':{}},
                   {'type':'tool_use','id':'y','name':'f','input':{'a':1}}]},
                 {'role':'user','content':[{'type':'tool_result','tool_use_id':'x','content':[]},
                   {'type':'tool_result','tool_use_id':'y','content':[{'type':'text','text':'2'}]},
                   {'type':'text','text':'and'}]}]""");
    }

    @Test
    void toolsThatOnlyThePromptTellsOfAreDeclaredAndForbidden() throws IOException {
        JsonNode sent = sent("claude-sonnet-4-5", """
                "messages":[{"role":"user","content":"b"},{"role":"assistant","tool_calls":[
                 {"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"x","content":"1"}]""");
        assertThat(sent.at("/tools/0/name").asText()).isEqualTo("f");
        assertThat(sent.at("/tool_choice/type").asText()).isEqualTo("none");
    }

    @Test
    void picturesAndDocumentsAreBlocks() throws IOException {
        assertMessages("""
                [{"role":"user","content":[
                  {"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"}},
                  {"type":"image_url","image_url":{"url":"https://x.test/a.png","detail":"low"}},
                  {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"}},
                  {"type":"file","file":{"file_data":"data:text/csv;base64,YSxi"}}]}]""", "", """
                [{'role':'user','content':[
                  {'type':'image','source':{'type':'base64','media_type':'image/jpeg','data':'AAAA'}},
                  {'type':'image','source':{'type':'url','url':'https://x.test/a.png'}},
                  {'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'BBBB'},
                   'title':'a.pdf'},
                  {'type':'document','source':{'type':'text','media_type':'text/plain','data':'a,b'}}]}]""");
    }

    @Test
    void whatItHasNotIsRefusedByName() {
        assertThat(refused("\"logprobs\":true,\"messages\":[]")).isEqualTo("logprobs");
        assertThat(refused("\"functions\":[],\"messages\":[]")).isEqualTo("functions");
        assertThat(refused("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]"))
                .isEqualTo("messages[0].content[0].type");
        assertThat(refused("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":"
                + "\"f\"}}]}]")).isEqualTo("messages[0].content[0].file.file_id");
        assertThat(refused("\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"x\",\"function\":{\"name\":"
                + "\"f\",\"arguments\":\"{\"}}]}]")).isEqualTo("messages[0].tool_calls[0].function.arguments");
        assertThat(refused("\"tools\":[{\"type\":\"custom\"}],\"messages\":[]")).isEqualTo("tools[0].type");
        assertThat(refused("\"n\":1,\"logprobs\":false,\"messages\":[]")).isNull();
    }

    @Test
    void whatItCanDoWithoutIsLeftOutAndSaid() throws IOException {
        OutboundRequest request = request("claude-haiku-4-5", "\"seed\":1,\"frequency_penalty\":0,\"user\":\"u\","
                + "\"presence_penalty\":0.5,\"temperature\":1.5,\"top_p\":0.9,\"stop\":[\" \",\"x\"]");
        assertThat(request.dropped()).containsExactlyInAnyOrder("seed", "presence_penalty", "temperature", "top_p",
                "stop");
        JsonNode body = Recordings.JSON.readTree(request.body());
        assertThat(body.path("temperature").asInt()).isEqualTo(1);
        assertThat(body.path("stop_sequences").toString()).isEqualTo("[\"x\"]");
        assertThat(body.at("/metadata/user_id").asText()).isEqualTo("u");
        assertThat(body.has("top_p")).isFalse();
    }

    @Test
    void withoutALimitAModelMayWriteAllItCan() throws IOException {
        var most = Map.of("claude-3-haiku-20240307", 4096, "claude-3-5-sonnet-20241022", 8192,
                "claude-sonnet-4-20250514", 64_000, "claude-opus-4-1", 32_000, "us.anthropic.claude-haiku-4-5-v1:0",
                64_000, "claude-opus-4-6", 128_000, "claude-sonnet-5", 128_000, "somebody-else", 8192);
        for (var model : most.entrySet()) {
            assertThat(sent(model.getKey(), "\"top_k\":1").path("max_tokens").asInt()).as(model.getKey())
                    .isEqualTo(model.getValue());
            assertThat(sent(model.getKey(), "\"max_tokens\":77").path("max_tokens").asInt()).isEqualTo(77);
        }
        assertThat(sent("claude-haiku-4-5", "\"max_tokens\":99999").path("max_tokens").asInt()).isEqualTo(64_000);
    }

    @Test
    void effortIsEachGenerationsOwn() throws IOException {
        assertEffort("claude-haiku-4-5", "low", "{'type':'enabled','budget_tokens':1024}", null);
        assertEffort("claude-sonnet-4-20250514", "high", "{'type':'enabled','budget_tokens':4096}", null);
        assertEffort("claude-sonnet-4-6", "high", "{'type':'adaptive'}", "high");
        assertEffort("claude-opus-4-8", "xhigh", "{'type':'adaptive','display':'summarized'}", "xhigh");
        assertEffort("claude-sonnet-5", "minimal", "{'type':'adaptive','display':'summarized'}", "low");
        assertEffort("claude-sonnet-5", "none", "{'type':'disabled'}", null);
        assertEffort("claude-opus-5-5", "none", "", "low");
        assertEffort("claude-haiku-4-5", "none", "", null);
        assertEffort("claude-3-5-haiku-20241022", "high", "", null);
        assertEffort("somebody-else", "high", "", null);
    }

    private static void assertEffort(String model, String effort, String thinking, @Nullable String level)
            throws IOException {
        JsonNode sent = sent(model, "\"reasoning_effort\":\"" + effort + "\"");
        assertThat(sent.path("thinking").toString()).isEqualTo(thinking.replace('\'', '"'));
        assertThat(sent.at("/output_config/effort").asText(null)).isEqualTo(level);
    }

    @Test
    void thinkingLeavesRoomForTheAnswerAndNoneForSampling() throws IOException {
        OutboundRequest request = request("claude-haiku-4-5",
                "\"reasoning_effort\":\"high\",\"max_tokens\":2000,\"temperature\":0.2");
        JsonNode body = Recordings.JSON.readTree(request.body());
        assertThat(body.at("/thinking/budget_tokens").asInt()).isEqualTo(1500);
        assertThat(body.has("temperature")).isFalse();
        assertThat(request.dropped()).containsExactly("temperature");
        assertThat(request("claude-haiku-4-5", "\"reasoning_effort\":\"high\",\"max_tokens\":1024").dropped())
                .containsExactly("reasoning_effort");
        assertThat(request("claude-haiku-4-5", "\"reasoning_effort\":\"high\",\"tool_choice\":\"required\"," + TOOLS)
                .dropped()).containsExactly("reasoning_effort");
    }

    @Test
    void aSchemaIsKeptToOrMadeAToolOf() throws IOException {
        String format = "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":"
                + "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}}}";
        assertThat(sent("claude-sonnet-4-5", format).path("output_config").toString())
                .isEqualTo(
                        "{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\",\"properties\":{\"a\":"
                                + "{\"type\":\"integer\"}},\"additionalProperties\":false}}}");
        JsonNode old = sent("claude-sonnet-4-20250514", format);
        assertThat(old.at("/tools/0/name").asText()).isEqualTo(AnthropicRequest.ANSWER_TOOL);
        assertThat(old.path("tool_choice").toString()).isEqualTo("{\"type\":\"tool\",\"name\":\"penstock_answer\"}");

        Seen seen = Seen.of(ANTHROPIC, Samples.streaming(),
                stream("""
                        {"type":"message_start","message":{"model":"m","usage":{"input_tokens":3}}}
                        {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"penstock_answer"}}
                        {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":1}"}}
                        {"type":"content_block_stop","index":0}
                        {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}
                        {"type":"message_stop"}"""));
        assertThat(Conversation.ofStream(seen.events()).toString()).contains("{\"a\":1}|||{}|[]|stop");
    }

    @Test
    void whatNoModelCanBeHeldToIsLeftOutOfASchema() throws IOException {
        JsonNode schema = Recordings.JSON.readTree("""
                {"type":"object","properties":{"minimum":{"type":"integer","minimum":3},
                 "b":{"type":"array","minItems":2,"items":{"oneOf":[{"type":"string","format":"x"},{"type":"object",
                 "properties":{"c":{"type":"string","format":"date"}}}]}}}}""");
        var gaps = new Gaps();
        assertThat(ClaudeSchema.nearest(schema, "response_format", gaps)).isEqualTo(Recordings.JSON.readTree("""
                {"type":"object","additionalProperties":false,"properties":{"minimum":{"type":"integer"},
                 "b":{"type":"array","minItems":1,"items":{"anyOf":[{"type":"string"},{"type":"object",
                 "additionalProperties":false,"properties":{"c":{"type":"string","format":"date"}}}]}}}}"""));
        assertThat(gaps.dropped()).containsExactly("response_format");
        assertThat(ClaudeSchema.isOpen(schema)).isFalse();
        assertThat(ClaudeSchema.isOpen(Recordings.JSON.readTree("""
                {"type":"object","properties":{"a":{"type":"object","additionalProperties":{"type":"string"}}}}""")))
                .isTrue();
    }

    @Test
    void aToolLoopGetsItsThoughtsBackFromTheIdsAlone() throws IOException {
        Seen first = Seen.of(ANTHROPIC, Samples.streaming(),
                stream("""
                        {"type":"message_start","message":{"model":"m","usage":{"input_tokens":3}}}
                        {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}
                        {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"so"}}
                        {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig=="}}
                        {"type":"content_block_stop","index":0}
                        {"type":"content_block_start","index":1,"content_block":{"type":"text","text":"look"}}
                        {"type":"content_block_stop","index":1}
                        {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}
                        {"type":"content_block_stop","index":2}
                        {"type":"content_block_start","index":3,"content_block":{"type":"redacted_thinking","data":"XX"}}
                        {"type":"content_block_stop","index":3}
                        {"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"t2","name":"f","input":{}}}
                        {"type":"content_block_stop","index":4}
                        {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}
                        {"type":"message_stop"}"""));
        var calls = Conversation.ofStream(first.events()).choices().get(0).calls;
        String one = calls.get(0).getFirst();
        String two = calls.get(1).getFirst();
        String messages = """
                "messages":[{"role":"user","content":"q"},{"role":"assistant","content":"look","tool_calls":[
                {"id":"%s","type":"function","function":{"name":"f","arguments":"{}"}},
                {"id":"%s","type":"function","function":{"name":"f","arguments":"{}"}}]},
                {"role":"tool","tool_call_id":"%s","content":"1"},{"role":"tool","tool_call_id":"%s","content":"2"}],
                """;
        String loop = messages.formatted(one, two, one, two) + TOOLS + ",\"reasoning_effort\":\"low\"";
        JsonNode turn = sent("claude-haiku-4-5", loop).path("messages");
        assertThat(turn.path(1).path("content")).isEqualTo(Recordings.JSON.readTree("""
                [{"type":"thinking","thinking":"so","signature":"sig=="},{"type":"text","text":"look"},
                 {"type":"tool_use","id":"t1","name":"f","input":{}},{"type":"redacted_thinking","data":"XX"},
                 {"type":"tool_use","id":"t2","name":"f","input":{}}]"""));
        assertThat(turn.at("/2/content/0/tool_use_id").asText()).isEqualTo("t1");

        OutboundRequest lost = request("claude-haiku-4-5",
                messages.formatted("t1", "t2", "t1", "t2") + TOOLS + ",\"reasoning_effort\":\"low\"");
        assertThat(lost.dropped()).containsExactly("reasoning_effort");
        assertThat(Recordings.JSON.readTree(lost.body()).has("thinking")).isFalse();
    }

    @Test
    void anErrorInTheStreamIsOneAndNotAnEnd() {
        String overloaded = "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}";
        String start = "{\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":3}}}\n";
        assertThat(Seen.of(ANTHROPIC, Samples.streaming(), stream(start + overloaded)).outcome())
                .isEqualTo(new Outcome.Refused(Failures.OVERLOADED));
        String text = "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n";
        assertThat(Seen.of(ANTHROPIC, Samples.streaming(), stream(start + text + overloaded)).outcome())
                .isInstanceOf(Outcome.Broken.class);
        assertThat(Seen.of(ANTHROPIC, Samples.streaming(), stream(start + text)).outcome())
                .isInstanceOf(Outcome.Broken.class);
    }

    @Test
    void whatIsCachedForAnHourIsToldApart() {
        Seen seen = Seen.of(ANTHROPIC, Samples.streaming(),
                stream("""
                        {"type":"message_start","message":{"model":"m","usage":{"input_tokens":3,"cache_creation_input_tokens":9,\
                        "cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":7}}}}
                        {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}
                        {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}
                        {"type":"message_stop"}"""));
        assertThat(((Outcome.Completed) seen.outcome()).consumption().usage())
                .isEqualTo(new Usage(17, 4, 5, 9, 0, 7, 0, 0));
    }

    @Test
    void errorsAreOpenAis() {
        var dialect = Samples.dialect(ANTHROPIC);
        String body = "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"}}";
        assertThat(dialect.error(429, Map.of("retry-after", "7")::get,
                Samples.bytes(body.formatted("rate_limit_error", "your account's"))).retryAfterSeconds()).isEqualTo(7);
        assertThat(dialect.error(529, _ -> null, Samples.bytes(body.formatted("overloaded_error", "Overloaded"))))
                .isEqualTo(Failures.OVERLOADED);
        assertThat(dialect.error(400, _ -> null, Samples.bytes(body.formatted("invalid_request_error",
                "prompt is too long: 210000 tokens > 200000 maximum"))).code()).isEqualTo("context_length_exceeded");
        assertThat(dialect.error(404, _ -> null, Samples.bytes(body.formatted("not_found_error", "model: x"))).code())
                .isEqualTo("model_not_found");
        assertThat(dialect.error(400, _ -> null, Samples.bytes(body.formatted("invalid_request_error",
                "Your credit balance is too low to access the Anthropic API."))))
                .isEqualTo(Failures.AUTHENTICATION);
        assertThat(dialect.error(502, _ -> null, Samples.bytes("<html>"))).isEqualTo(Failures.FAILED);
    }

    /** The prompt as Anthropic counted it at the start; the answer by what came of it. */
    @Test
    void aBrokenStreamHasReadWhatItSaidItRead() {
        Seen broken = Seen.of(ANTHROPIC, Samples.streaming(), stream("""
                {"type":"message_start","message":{"model":"m","content":[],"usage":{"input_tokens":9,\
                "cache_creation_input_tokens":20,"cache_read_input_tokens":300,"cache_creation":\
                {"ephemeral_1h_input_tokens":5},"output_tokens":1,"service_tier":"priority"}}}
                {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
                {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello, all of you"}}"""));

        assertThat(broken.outcome()).isInstanceOfSatisfying(Outcome.Broken.class, outcome -> {
            assertThat(outcome.error()).isEqualTo(Failures.CONNECTION_LOST);
            assertThat(outcome.consumption())
                    .isEqualTo(new Consumption(new Usage(329, 5, 300, 20, 0, 5, 0, 0), true, "priority", 1));
        });
    }

    @Test
    void eachChoiceIsACall() {
        OutboundRequest request = request("claude-sonnet-5", "\"n\":3");

        assertThat(request.calls()).isEqualTo(3);
        assertThat(new String(request.body(), StandardCharsets.UTF_8)).doesNotContain("\"n\"");
        assertThat(request.dropped()).isEmpty();
    }

    private static byte[] stream(String events) {
        var stream = new StringBuilder();
        events.lines().forEach(event -> stream.append("event: x\ndata: ").append(event).append("\n\n"));
        return Samples.bytes(stream.toString());
    }
}
