package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What each API's client sees of the same answers: streamed, whole, and both the same. */
class OtherEncodersTest {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Used USED = new Used(new Usage(10, 7, 3, 2, 4), Map.of(), Map.of());

    /** One of everything, as a provider might say it, in small pieces. */
    static List<Delta> everything() {
        return List.of(said(null, "Let me ", null), said(null, "think", null),
                passed("[{'type':'reasoning.text','text':'Let me think','signature':'sig'}]"),
                passed("[{'type':'reasoning.encrypted','data':'secret'}]"), said("It ", null, null),
                said("rains", null, null), said(null, null, "But no"), call(0, "t1", "f", ""),
                call(0, null, null, "{\"a\""),
                call(0, null, null, ":1}"), call(1, "t2", "g", ""), call(2, "t3", null, ""), call(2, null, "h", "[]"),
                call(1, null, null, "{}"), end(FinishReason.TOOL_CALLS));
    }

    static Delta said(@Nullable String content, @Nullable String reasoning, @Nullable String refusal) {
        return new Delta(0, content, reasoning, refusal, List.of(), List.of(), null, null);
    }

    static Delta end(FinishReason reason) {
        return new Delta(0, null, null, null, List.of(), List.of(), null, reason);
    }

    private static Delta passed(String details) {
        return new Delta(0, null, null, null, List.of(),
                List.of(new Raw("reasoning_details", details.replace('\'', '"'))), null, null);
    }

    private static Delta call(int index, @Nullable String id, @Nullable String name, String arguments) {
        return new Delta(0, null, null, null, List.of(new ToolCall(index, id, name, arguments)), List.of(), null, null);
    }

    static RequestEnvelope envelope(boolean stream, Format format) {
        String id = switch (format) {
            case MESSAGES -> "msg_abc";
            case RESPONSES -> "resp_abc";
            case COMPLETIONS -> "cmpl-abc";
            case CHAT_COMPLETIONS, EMBEDDINGS, MODERATIONS -> throw new IllegalArgumentException();
        };
        return Samples.envelope(stream, format, id, format == Format.RESPONSES
                ? "{\"instructions\":null,\"metadata\":{},\"tools\":[],\"parallel_tool_calls\":true,"
                        + "\"temperature\":1,\"top_p\":1,\"tool_choice\":\"auto\"}"
                : null);
    }

    static String stream(Format format, List<Delta> deltas) {
        StreamEncoder encoder = StreamEncoder.of(envelope(true, format), new Tally(400, null));
        var text = new StringBuilder();
        for (Delta delta : deltas) {
            encoder.delta(delta);
            text.append(new String(encoder.take(), StandardCharsets.UTF_8));
        }
        return text.append(new String(encoder.finish(USED, 1_500_000L), StandardCharsets.UTF_8)).toString();
    }

    static JsonNode whole(Format format, List<Delta> deltas) {
        AnswerEncoder encoder = AnswerEncoder.whole(envelope(false, format));
        deltas.forEach(encoder::delta);
        return parse(new String(encoder.finish(USED, 1_500_000L), StandardCharsets.UTF_8));
    }

    /** The events of a stream; each has its type for a name. */
    static List<JsonNode> events(String stream) {
        var events = new ArrayList<JsonNode>();
        for (String event : stream.split("\n\n")) {
            String[] lines = event.split("\n");
            assertThat(lines).hasSize(2);
            JsonNode data = parse(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.path("type").asText());
            events.add(data);
        }
        return events;
    }

    /** Apostrophes stand for quotation marks. */
    private static JsonNode json(String text) {
        return parse(text.replace('\'', '"'));
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aMessageIsARowOfBlocks() {
        assertThat(whole(Format.MESSAGES, everything())).isEqualTo(json("{'id':'msg_abc','type':'message',"
                + "'role':'assistant','model':'alias','content':[{'type':'thinking','thinking':'Let me think',"
                + "'signature':'sig'},{'type':'redacted_thinking','data':'secret'},{'type':'text','text':'It rains'},"
                + "{'type':'text','text':'But no'},{'type':'tool_use','id':'t1','name':'f','input':{'a':1}},"
                + "{'type':'tool_use','id':'t2','name':'g','input':{}},"
                + "{'type':'tool_use','id':'t3','name':'h','input':{}}],'stop_reason':'tool_use',"
                + "'stop_sequence':null,'usage':{'input_tokens':5,'cache_creation_input_tokens':2,"
                + "'cache_read_input_tokens':3,'output_tokens':7,'cost':0.0015}}"));
    }

    @Test
    void aStreamedMessageIsTheSameMessage() {
        List<JsonNode> events = events(stream(Format.MESSAGES, everything()));
        JsonNode content = content(events);
        JsonNode whole = whole(Format.MESSAGES, everything());
        assertThat(content).isEqualTo(whole.path("content"));
        assertThat(events.getFirst().path("message").path("usage").path("input_tokens").asInt()).isEqualTo(100);
        JsonNode last = events.get(events.size() - 2);
        assertThat(last.path("type").asText()).isEqualTo("message_delta");
        assertThat(last.path("delta").path("stop_reason")).isEqualTo(whole.path("stop_reason"));
        assertThat(last.path("usage")).isEqualTo(whole.path("usage"));
        assertThat(events.getLast().path("type").asText()).isEqualTo("message_stop");
    }

    /** What a client makes of the events of a message; checks that its blocks come one after the other. */
    static JsonNode content(List<JsonNode> events) {
        var content = JSON.createArrayNode();
        int open = -1;
        for (JsonNode event : events.subList(1, events.size() - 2)) {
            int index = event.path("index").asInt(-1);
            switch (event.path("type").asText()) {
                case "content_block_start" -> {
                    assertThat(open).isNegative();
                    open = index;
                    assertThat(index).isEqualTo(content.size());
                    content.add(event.path("content_block"));
                }
                case "content_block_delta" -> {
                    assertThat(index).isEqualTo(open);
                    grow((ObjectNode) content.path(index), event.path("delta"));
                }
                default -> {
                    assertThat(event.path("type").asText()).isEqualTo("content_block_stop");
                    assertThat(index).isEqualTo(open);
                    open = -1;
                }
            }
        }
        content.forEach(block -> {
            if (block instanceof ObjectNode call && call.has("partial")) {
                JsonNode input = parse(call.remove("partial").asText());
                call.set("input", input.isObject() ? input : JSON.createObjectNode());
            }
        });
        return content;
    }

    private static void grow(ObjectNode block, JsonNode delta) {
        switch (delta.path("type").asText()) {
            case "text_delta" -> block.put("text", block.path("text").asText() + delta.path("text").asText());
            case "thinking_delta" ->
                block.put("thinking", block.path("thinking").asText() + delta.path("thinking").asText());
            case "signature_delta" -> block.put("signature", delta.path("signature").asText());
            default -> block.put("partial", block.path("partial").asText("") + delta.path("partial_json").asText());
        }
    }

    @Test
    void aMessageStopsForAnthropicsReasons() {
        assertThat(stop(FinishReason.STOP)).isEqualTo("end_turn");
        assertThat(stop(FinishReason.LENGTH)).isEqualTo("max_tokens");
        assertThat(stop(FinishReason.CONTENT_FILTER)).isEqualTo("refusal");
        assertThat(whole(Format.MESSAGES, List.of(call(0, "a", "f", "{"), end(FinishReason.STOP)))
                .path("stop_reason").asText()).isEqualTo("tool_use");
    }

    private static String stop(FinishReason reason) {
        return whole(Format.MESSAGES, List.of(said("a", null, null), end(reason))).path("stop_reason").asText();
    }

    @Test
    void aResponseIsARowOfItems() {
        JsonNode response = whole(Format.RESPONSES, everything());

        assertThat(response.path("output")).isEqualTo(json("[{'id':'rs_abc_0','type':'reasoning','summary':["
                + "{'type':'summary_text','text':'Let me think'}],'encrypted_content':'signature.sig'},"
                + "{'id':'rs_abc_1','type':'reasoning','summary':[],'encrypted_content':'redacted.secret'},"
                + "{'id':'msg_abc_2','type':'message','status':'completed','role':'assistant','content':["
                + "{'type':'output_text','annotations':[],'logprobs':[],'text':'It rains'}]},"
                + "{'id':'msg_abc_3','type':'message','status':'completed','role':'assistant','content':["
                + "{'type':'refusal','refusal':'But no'}]},"
                + "{'id':'fc_abc_4','type':'function_call','status':'completed','call_id':'t1','name':'f',"
                + "'arguments':'{\\\"a\\\":1}'},"
                + "{'id':'fc_abc_5','type':'function_call','status':'completed','call_id':'t2','name':'g',"
                + "'arguments':'{}'},"
                + "{'id':'fc_abc_6','type':'function_call','status':'completed','call_id':'t3','name':'h',"
                + "'arguments':'[]'}]"));
        assertThat(response.path("usage")).isEqualTo(json("{'input_tokens':10,'input_tokens_details':{"
                + "'cached_tokens':3,'cache_write_tokens':2},'output_tokens':7,'output_tokens_details':{"
                + "'reasoning_tokens':4},'total_tokens':17,'cost':0.0015}"));
        assertThat(response.path("metadata")).isEqualTo(json("{}"));
    }

    @Test
    void aStreamedResponseSaysEveryStepAndEndsWithTheSameResponse() {
        List<JsonNode> events = events(stream(Format.RESPONSES, everything()));

        assertThat(events.stream().map(event -> event.path("type").asText().replaceFirst("^response\\.", ""))
                .toList()).containsExactly("created", "in_progress",
                        "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
                        "reasoning_summary_text.delta", "reasoning_summary_text.done", "reasoning_summary_part.done",
                        "output_item.done",
                        "output_item.added", "output_item.done",
                        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
                        "output_text.done", "content_part.done", "output_item.done",
                        "output_item.added", "content_part.added", "refusal.delta", "refusal.done",
                        "content_part.done", "output_item.done",
                        "output_item.added", "function_call_arguments.delta", "function_call_arguments.delta",
                        "function_call_arguments.done", "output_item.done",
                        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
                        "output_item.done",
                        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
                        "output_item.done",
                        "completed");
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).path("sequence_number").asInt(-1)).isEqualTo(i);
        }
        assertThat(events.getLast().path("response")).isEqualTo(whole(Format.RESPONSES, everything()));
    }

    @Test
    void aFunctionOfANamespaceIsCalledInIt() {
        AnswerEncoder encoder = AnswerEncoder.whole(Samples.envelope(false, Format.RESPONSES, "resp_abc",
                "{\"tools\":[{\"type\":\"namespace\",\"name\":\"team\",\"tools\":[]}]}"));
        encoder.delta(call(0, "t1", "team__ask", "{}"));
        encoder.delta(call(1, "t2", "other__ask", "{}"));

        JsonNode output = parse(new String(encoder.finish(USED, null), StandardCharsets.UTF_8)).path("output");
        assertThat(output.path(0).path("namespace").asText()).isEqualTo("team");
        assertThat(output.path(0).path("name").asText()).isEqualTo("ask");
        assertThat(output.path(1).has("namespace")).isFalse();
        assertThat(output.path(1).path("name").asText()).isEqualTo("other__ask");
    }

    @Test
    void aResponseThatIsCutIsIncompleteAndSaysWhy() {
        JsonNode cut = whole(Format.RESPONSES, List.of(said("a", null, null), end(FinishReason.LENGTH)));

        assertThat(cut.path("status").asText()).isEqualTo("incomplete");
        assertThat(cut.path("incomplete_details")).isEqualTo(json("{'reason':'max_output_tokens'}"));
        assertThat(cut.path("output").path(0).path("status").asText()).isEqualTo("incomplete");
        assertThat(events(stream(Format.RESPONSES, List.of(said("a", null, null), end(FinishReason.CONTENT_FILTER))))
                .getLast().path("response").path("incomplete_details")).isEqualTo(json("{'reason':'content_filter'}"));
    }

    @Test
    void aResponseThatBreaksOffFailsWithWhatThereIs() {
        StreamEncoder encoder = StreamEncoder.of(envelope(true, Format.RESPONSES), new Tally(400, null));
        encoder.delta(said("It", null, null));
        encoder.failed(ApiError.of(502, "server_error", "connection_lost", "Lost."));

        JsonNode response = events(new String(encoder.take(), StandardCharsets.UTF_8)).getLast().path("response");
        assertThat(response.path("status").asText()).isEqualTo("failed");
        assertThat(response.path("error")).isEqualTo(json("{'code':'server_error','message':'Lost.'}"));
        assertThat(response.path("output").path(0).path("content").path(0).path("text").asText()).isEqualTo("It");
    }

    @Test
    void nothingIsWrittenBeforeThereIsContent() {
        Stream.of(Format.MESSAGES, Format.RESPONSES, Format.COMPLETIONS).forEach(format -> {
            StreamEncoder encoder = StreamEncoder.of(envelope(true, format), new Tally(400, null));
            encoder.origin(new AnswerEvent.Origin(5, "m", null, null));
            encoder.delta(said("", null, null));
            assertThat(encoder.take()).isEmpty();
            assertThat(encoder.hasBegun()).isFalse();
        });
    }

    @Test
    void aLegacyCompletionIsTextAndNothingElse() {
        assertThat(whole(Format.COMPLETIONS, everything())).isEqualTo(json("{'id':'cmpl-abc',"
                + "'object':'text_completion','created':1700000000,'model':'alias','choices':[{'text':'It rains',"
                + "'index':0,'logprobs':null,'finish_reason':'stop'}],'usage':{'prompt_tokens':10,"
                + "'completion_tokens':7,'total_tokens':17,'prompt_tokens_details':{'cached_tokens':3,"
                + "'cache_write_tokens':2},'completion_tokens_details':{'reasoning_tokens':4},'cost':0.0015}}"));
        assertThat(stream(Format.COMPLETIONS, List.of(said("It", null, null), end(FinishReason.LENGTH))))
                .startsWith("data: {\"id\":\"cmpl-abc\",\"object\":\"text_completion\",\"created\":1700000000,"
                        + "\"model\":\"alias\",\"choices\":[{\"text\":\"It\",\"index\":0,\"logprobs\":null,"
                        + "\"finish_reason\":null}],\"usage\":null}\n\n")
                .contains("{\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"length\"}")
                .endsWith("data: [DONE]\n\n");
    }
}
