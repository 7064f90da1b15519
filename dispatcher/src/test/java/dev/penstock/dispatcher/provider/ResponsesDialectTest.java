package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.OPENAI_RESPONSES;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Apostrophes stand for quotation marks in what the provider sends. */
class ResponsesDialectTest {
    private static final String RESPONSE = "'response':{'id':'resp_1','object':'response','created_at':1758521958,"
            + "'model':'gpt-5-nano-2025-08-07','status':'%s','service_tier':'%s','error':null,'output':[],'usage':%s}";
    private static final String USAGE = "{'input_tokens':75,'input_tokens_details':{'cached_tokens':64},"
            + "'output_tokens':230,'output_tokens_details':{'reasoning_tokens':192},'total_tokens':305}";
    private static final String CREATED = "{'type':'response.created',"
            + RESPONSE.formatted("in_progress", "auto", "null") + "}";
    private static final String COMPLETED = "{'type':'response.completed',"
            + RESPONSE.formatted("completed", "default", USAGE) + "}";
    /** Reasoning in two parts, a word, and two calls, the second of which has no arguments. */
    private static final List<String> ANSWER = List.of(CREATED,
            "{'type':'response.in_progress'," + RESPONSE.formatted("in_progress", "auto", "null") + "}",
            "{'type':'response.output_item.added','output_index':0,'item':{'id':'rs_1','type':'reasoning',"
                    + "'encrypted_content':'gAAAAAunfinished','summary':[]}}",
            "{'type':'response.reasoning_summary_part.added','output_index':0,'summary_index':0,'part':{}}",
            thought(0, "**Look"), thought(0, "ing**"), thought(1, "Thinking"),
            "{'type':'response.output_item.done','output_index':0,'item':{'id':'rs_1','type':'reasoning',"
                    + "'encrypted_content':'gAAAAABo-first_==','summary':[{'type':'summary_text','text':'**Looking**'},"
                    + "{'type':'summary_text','text':'Thinking'}]}}",
            "{'type':'response.output_item.added','output_index':1,'item':{'id':'msg_1','type':'message',"
                    + "'status':'in_progress','content':[],'role':'assistant'}}",
            text("Grüße "), text("🌧 to\\nall"),
            "{'type':'response.output_text.done','output_index':1,'content_index':0,'text':'Grüße 🌧 to\\nall'}",
            "{'type':'response.output_item.done','output_index':1,'item':{'id':'msg_1','type':'message','content':"
                    + "[{'type':'output_text','text':'Grüße 🌧 to\\nall','annotations':[{'type':'url_citation',"
                    + "'url':'https://x.test','title':'X','start_index':0,'end_index':5}]}]}}",
            "{'type':'response.output_item.added','output_index':2,'item':{'id':'fc_1','type':'function_call',"
                    + "'arguments':'','call_id':'call_a','name':'get_weather'}}",
            arguments(2, "{\\'city\\':\\'Par"), arguments(2, "is\\'}"),
            "{'type':'response.output_item.done','output_index':2,'item':{'id':'fc_1','type':'function_call',"
                    + "'arguments':'{\\'city\\':\\'Paris\\'}','call_id':'call_a','name':'get_weather'}}",
            "{'type':'response.output_item.added','output_index':3,'item':{'id':'fc_2','type':'function_call',"
                    + "'arguments':'','call_id':'call_b','name':'now'}}",
            "{'type':'response.output_item.done','output_index':3,'item':{'id':'fc_2','type':'function_call',"
                    + "'arguments':'{}','call_id':'call_b','name':'now'}}",
            COMPLETED);

    static final String EVERYTHING = """
            {"messages":[{"role":"developer","content":"Be brief."},
              {"role":"user","content":[{"type":"text","text":"q"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}},
                {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}},
                {"type":"file","file":{"file_id":"file-1"}},
                {"type":"file","file":{"file_data":"https://x.test/a.pdf"}}]},
              {"role":"assistant","content":"a","refusal":"no"},{"role":"user","content":"go on"}],
             "max_completion_tokens":50,"reasoning_effort":"high","reasoning":{"summary":"auto"},
             "verbosity":"low","logprobs":true,"top_logprobs":2,"prompt_cache_key":"k","seed":3,
             "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,
               "schema":{"type":"object"}}},"parallel_tool_calls":false,
             "tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,
               "parameters":{"type":"object"}}},{"type":"function","function":{"name":"g"}}],
             "tool_choice":{"type":"function","function":{"name":"f"}}}""";

    private static String thought(int part, String more) {
        return "{'type':'response.reasoning_summary_text.delta','item_id':'rs_1','output_index':0,'summary_index':"
                + part + ",'delta':'" + more + "','obfuscation':'2ajSAGID'}";
    }

    private static String text(String more) {
        return "{'type':'response.output_text.delta','item_id':'msg_1','output_index':1,'content_index':0,'delta':'"
                + more + "','logprobs':[],'obfuscation':'x'}";
    }

    private static String arguments(int index, String more) {
        return "{'type':'response.function_call_arguments.delta','output_index':" + index + ",'delta':'" + more + "'}";
    }

    private static byte[] stream(List<String> events) {
        var text = new StringBuilder();
        for (String event : events) {
            String type = event.replaceFirst("^\\{'type':'([^']*)'.*", "$1");
            text.append("event: ").append(type).append("\ndata: ").append(event.replace('\'', '"')).append("\n\n");
        }
        return Samples.bytes(text.toString());
    }

    private static Seen see(String... events) {
        return Seen.of(OPENAI_RESPONSES, Samples.streaming(), stream(List.of(events)));
    }

    private static JsonNode sent(String model, String body) throws IOException {
        return Recordings.JSON.readTree(Samples
                .sent(OPENAI_RESPONSES, Samples.envelope(true, false, body), Samples.candidate(model)).body());
    }

    private static JsonNode whole(JsonNode response) throws IOException {
        var answer = Samples.wholeAnswer(OPENAI_RESPONSES);
        answer.feed(Samples.bytes(response.toString()));
        return Recordings.JSON.readTree(((Outcome.Completed) answer.end()).rest());
    }

    @Test
    void asksForWhatAChatCompletionAsksFor() throws IOException {
        JsonNode sent = sent("gpt-5-pro", EVERYTHING);

        assertThat(sent).isEqualTo(Recordings.JSON.readTree(
                """
                        {"model":"gpt-5-pro","stream":true,"store":false,
                         "input":[{"role":"developer","content":[{"type":"input_text","text":"Be brief."}]},
                          {"role":"user","content":[{"type":"input_text","text":"q"},
                            {"type":"input_image","detail":"low","image_url":"data:image/png;base64,AA"},
                            {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AA"},
                            {"type":"input_file","file_id":"file-1"},
                            {"type":"input_file","file_url":"https://x.test/a.pdf"}]},
                          {"role":"assistant","content":"ano"},
                          {"role":"user","content":[{"type":"input_text","text":"go on"}]}],
                         "max_output_tokens":50,"top_logprobs":2,"prompt_cache_key":"k",
                         "include":["reasoning.encrypted_content","message.output_text.logprobs"],
                         "reasoning":{"effort":"high","summary":"auto"},
                         "text":{"format":{"type":"json_schema","name":"n","strict":true,"schema":{"type":"object"}},
                           "verbosity":"low"},"parallel_tool_calls":false,
                         "tools":[{"type":"function","name":"f","description":"d","strict":true,
                             "parameters":{"type":"object"}},
                           {"type":"function","name":"g","strict":false,
                             "parameters":{"type":"object","properties":{}}}],
                         "tool_choice":{"type":"function","name":"f"}}"""));
        OutboundRequest request = Samples.sent(OPENAI_RESPONSES,
                Samples.envelope(true, false, "{\"messages\":[],\"seed\":1}"), Samples.CANDIDATE);
        assertThat(request.path()).isEqualTo("/v1/responses");
        assertThat(request.dropped()).containsExactly("seed");
        assertThat(request.headers()).containsEntry("authorization", "Bearer sk-secret").containsKey("idempotency-key");
    }

    @Test
    void asksModelsForReasoningThatHaveSome() throws IOException {
        for (String model : List.of("gpt-5.1-codex", "o3", "openai/gpt-5.2", "my-deployment")) {
            assertThat(sent(model, "{\"messages\":[]}").has("include")).as(model).isTrue();
        }
        for (String model : List.of("gpt-4o-mini", "ft:gpt-4o:acme", "gpt-5-chat-latest")) {
            assertThat(sent(model, "{\"messages\":[]}").has("include")).as(model).isFalse();
        }
    }

    @Test
    void refusesWhatResponsesHaveNot() {
        Map.of("{'stop':'x'}", "stop",
                "{'messages':[{'role':'user','content':[{'type':'input_audio'}]}]}", "messages[0].content[0].type",
                "{'tools':[{'type':'custom'}]}", "tools[0].type").forEach((body, param) -> {
                    Outbound outbound = Samples.dialect(OPENAI_RESPONSES).request(
                            Samples.envelope(false, false, body.replace('\'', '"')), Samples.CANDIDATE);
                    assertThat(((Outbound.Unsupported) outbound).error().param()).isEqualTo(param);
                });
    }

    @Test
    void aStreamIsAChatCompletion() throws IOException {
        Seen seen = Seen.of(OPENAI_RESPONSES, Samples.streaming(), stream(ANSWER));
        List<JsonNode> chunks = Conversation.chunks(seen.events());

        chunks.forEach(RecordedTrafficTest::checkChunk);
        RecordedTrafficTest.checkRolesAndToolCalls(chunks);
        Conversation.Choice said = Conversation.ofChunks(chunks).choices().get(0);
        assertThat(said.content).hasToString("Grüße 🌧 to\nall");
        assertThat(said.reasoning).hasToString("**Looking**\n\nThinking");
        assertThat(said.calls.get(0).subList(1, 3)).containsExactly("get_weather", "{\"city\":\"Paris\"}");
        assertThat(said.calls.get(1)).containsExactly("call_b", "now", "{}");
        assertThat(said.finish).isEqualTo("tool_calls");
        assertThat(seen.text()).contains("\"url_citation\":{\"start_index\":0,\"end_index\":5,").endsWith(
                "data: [DONE]\n\n");
        assertThat(chunks.getLast().path("service_tier").asText()).isEqualTo("default");
        assertThat(chunks.getLast().path("model").asText()).isEqualTo("gpt-5-nano-2025-08-07");
        assertThat(((Outcome.Completed) seen.outcome()).consumption())
                .isEqualTo(new Consumption(new Usage(75, 230, 64, 0, 192), false, "default", 1));
    }

    @Test
    void aStreamIsTheSameHoweverItIsCut() {
        RecordedTrafficTest.checkCuts(OPENAI_RESPONSES, stream(ANSWER));
        RecordedTrafficTest.checkCuts(OPENAI_RESPONSES, Samples.bytes(
                OtherEncodersTest.stream(Format.RESPONSES, OtherEncodersTest.everything())));
    }

    /** What was streamed is told again in each item and at the end, which is what comes where nothing is streamed. */
    @Test
    void anAnswerInOnePieceSaysTheSame() throws IOException {
        ObjectNode response = (ObjectNode) Recordings.JSON.readTree(COMPLETED.replace('\'', '"')).path("response");
        ArrayNode output = response.putArray("output");
        for (JsonNode event : Conversation.chunks(stream(ANSWER))) {
            if (event.path("type").asText().equals("response.output_item.done")) {
                output.add(event.path("item"));
            }
        }
        JsonNode ours = whole(response);

        assertThat(Conversation.ofWhole(ours)).hasToString(
                Conversation.ofStream(Seen.of(OPENAI_RESPONSES, Samples.streaming(), stream(ANSWER)).events())
                        .toString());
        assertThat(ours.path("usage").path("total_tokens").asLong()).isEqualTo(305);
        assertThat(ours.path("created").asLong()).isEqualTo(1758521958);
    }

    /** Our own responses are of the same API, written by other code. */
    @Test
    void understandsOurOwnResponses() throws IOException {
        List<AnswerEvent.Delta> answer = OtherEncodersTest.everything();
        Seen streamed = Seen.of(OPENAI_RESPONSES, Samples.streaming(),
                Samples.bytes(OtherEncodersTest.stream(Format.RESPONSES, answer)));
        Conversation said = Conversation.ofStream(streamed.events());

        assertThat(streamed.outcome()).isInstanceOf(Outcome.Completed.class);
        assertThat(said.choices().get(0).content).hasToString("It rains");
        assertThat(said.choices().get(0).reasoning).hasToString("Let me think");
        assertThat(said.choices().get(0).refusal).hasToString("But no");
        assertThat(said.choices().get(0).calls.values()).extracting(call -> call.get(1) + call.get(2))
                .containsExactly("f{\"a\":1}", "g{}", "h[]");
        assertThat(Conversation.ofWhole(whole(OtherEncodersTest.whole(Format.RESPONSES, answer))))
                .hasToString(said.toString());
    }

    @Test
    void reasoningComesBackBeforeTheCallThatItLedTo() throws IOException {
        JsonNode chunk = Conversation
                .chunks(Seen.of(OPENAI_RESPONSES, Samples.streaming(), stream(ANSWER)).events()).stream()
                .filter(seen -> seen.at("/choices/0/delta/tool_calls/0/id").asText().startsWith("call_a")).findFirst()
                .orElseThrow();
        String id = chunk.at("/choices/0/delta/tool_calls/0/id").asText();
        String turn = """
                {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"Looking.","tool_calls":[
                  {"id":"%1$s","type":"function","function":{"name":"get_weather","arguments":"{}"}},
                  {"id":"call_b","type":"function","function":{"name":"now","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"%1$s","content":"rain"},
                  {"role":"tool","tool_call_id":"call_b","content":[{"type":"text","text":"noon"}]}]}""".formatted(id);

        assertThat(id).startsWith("call_a__pst_");
        assertThat(sent("gpt-5", turn).path("input")).isEqualTo(Recordings.JSON.readTree(
                """
                        [{"role":"user","content":[{"type":"input_text","text":"q"}]},
                         {"type":"reasoning","encrypted_content":"gAAAAABo-first_==","summary":[]},
                         {"role":"assistant","content":"Looking."},
                         {"type":"function_call","call_id":"call_a","name":"get_weather","arguments":"{}"},
                         {"type":"function_call","call_id":"call_b","name":"now","arguments":"{}"},
                         {"type":"function_call_output","call_id":"call_a","output":"rain"},
                         {"type":"function_call_output","call_id":"call_b","output":"noon"}]"""));
    }

    @Test
    void reasoningInTheOpenComesBackIfItIsOpenAis() throws IOException {
        for (String ours : List.of("'format':'openai-responses-v1','data':'AbC-_='", "'data':'gAAAAAx'")) {
            assertThat(afterReasoning(ours)).as(ours).isEqualTo("reasoning");
        }
        for (String foreign : List.of("'data':'EqQBCg'", "'format':'anthropic-claude-v1','data':'gAAAAAx'",
                "'format':'openai-responses-v1','data':'no token'")) {
            assertThat(afterReasoning(foreign)).as(foreign).isEmpty();
        }
    }

    private static String afterReasoning(String detail) throws IOException {
        return sent("gpt-5", ("{'messages':[{'role':'assistant','content':'a','reasoning_details':["
                + "{'type':'reasoning.encrypted'," + detail + "}]}]}").replace('\'', '"')).at("/input/0/type").asText();
    }

    @Test
    void foreignIdsThatAreTooLongAreShortened() throws IOException {
        String id = "x".repeat(65);
        JsonNode input = sent("gpt-5", """
                {"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"%1$s","type":"function",
                  "function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"%1$s","content":"r"}]}"""
                .formatted(id));

        assertThat(input.path(0).path("call_id").asText()).hasSizeLessThanOrEqualTo(64)
                .isEqualTo(input.path(1).path("call_id").asText());
    }

    @Test
    void anAnswerMayBeIncomplete() throws IOException {
        for (var reason : Map.of("max_output_tokens", "length", "content_filter", "content_filter").entrySet()) {
            Seen seen = see(CREATED, "{'type':'response.incomplete',"
                    + RESPONSE.formatted("incomplete", "default", USAGE).replace("'output'",
                            "'incomplete_details':{'reason':'" + reason.getKey() + "'},'output'")
                    + "}");
            assertThat(seen.outcome()).isInstanceOf(Outcome.Completed.class);
            assertThat(Conversation.ofStream(seen.events()).choices().get(0).finish).isEqualTo(reason.getValue());
        }
    }

    @Test
    void aFailureBeforeTheFirstTokenIsAnError() {
        Map.of("{'type':'error','code':'server_error','message':'Sorry','param':null}", 502,
                "{'type':'error','error':{'type':'server_error','code':null,'message':'Sorry','param':null}}", 502,
                "{'type':'error','error':{'type':'invalid_request_error','code':'context_length_exceeded'}}", 400,
                "{'type':'response.failed','response':{'status':'failed','error':{'code':'rate_limit_exceeded'}}}", 429,
                "{'type':'response.failed','response':{'status':'failed','error':{'code':'invalid_prompt'}}}", 400,
                "{'type':'error','code':'insufficient_quota','message':'m'}", 502, "nonsense", 502)
                .forEach((event, status) -> assertThat(see(CREATED, event).outcome()).as(event)
                        .satisfies(outcome -> {
                            if (status == 400) {
                                assertThat(((Outcome.Rejected) outcome).error().status()).isEqualTo(400);
                            } else {
                                assertThat(((Outcome.Refused) outcome).error().status()).isEqualTo(status);
                            }
                        }));
    }

    @Test
    void aFailureAfterItIsPaidForAsFarAsItIsCounted() {
        Seen broken = see(CREATED, text("Par"),
                "{'type':'response.failed'," + RESPONSE.formatted("failed", "default", USAGE)
                        .replace("'error':null", "'error':{'code':'server_error','message':'m'}") + "}");

        assertThat(broken.outcome()).isInstanceOfSatisfying(Outcome.Broken.class, outcome -> {
            assertThat(outcome.error()).isEqualTo(
                    new ApiError(502, "server_error", "provider_error", null, "The provider failed.", null));
            assertThat(outcome.consumption())
                    .isEqualTo(new Consumption(new Usage(75, 230, 64, 0, 192), false, null, 1));
        });
        assertThat(see(CREATED, text("Par")).outcome()).isInstanceOf(Outcome.Broken.class);
    }

    @Test
    void logprobsComeAlong() throws IOException {
        Seen seen = see(CREATED, "{'type':'response.output_text.delta','output_index':0,'delta':'Hi','logprobs':"
                + "[{'token':'Hi','logprob':-0.5,'bytes':[72,105],'top_logprobs':[]}]}", COMPLETED);

        assertThat(Conversation.ofStream(seen.events()).choices().get(0).logprobs).hasToString(
                "[{\"content\":[{\"token\":\"Hi\",\"logprob\":-0.5,\"bytes\":[72,105],\"top_logprobs\":[]}],"
                        + "\"refusal\":null}]");
    }
}
