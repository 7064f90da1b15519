package dev.penstock.deploy.simulator;

import static dev.penstock.deploy.simulator.Caller.MAPPER;
import static dev.penstock.deploy.simulator.Caller.chat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class StructuredAnswersTest extends OnSimulator {
    private static final String TOOLS = """
            [{"type": "function", "function": {"name": "get_time", "parameters": {"type": "object"}}},
             {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object",
              "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
              "required": ["city", "unit"]}}}]""";
    private static final String WEATHER = "{\"city\":\"water\",\"unit\":\"celsius\"}";

    @Test
    void callsTheFirstFunctionWhenACallIsRequired() throws Exception {
        var call = call(caller.answer(withTools(chat("")).put("tool_choice", "required")));
        assertThat(call.at("/function/name").asText()).isEqualTo("get_time");
        assertThat(call.at("/function/arguments").asText()).isEqualTo("{}");
    }

    @Test
    void callsTheFunctionThatIsNamed() throws Exception {
        var answer = caller.answer(withNamedTool(chat("")));
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(answer.at("/choices/0/message/content").isNull()).isTrue();
        assertThat(call(answer).at("/function/arguments").asText()).isEqualTo(WEATHER);
    }

    @Test
    void streamsACallInPieces() throws Exception {
        var events = caller.events(withNamedTool(chat("[[sim itl=0]]").put("stream", true)));
        assertThat(events.getFirst().at("/choices/0/delta/tool_calls/0/function/name").asText())
                .isEqualTo("get_weather");
        assertThat(events.getFirst().at("/choices/0/delta/tool_calls/0/id").asText()).startsWith("call_");
        var arguments = new StringBuilder();
        events.forEach(
                event -> arguments.append(event.at("/choices/0/delta/tool_calls/0/function/arguments").asText()));
        assertThat(arguments).hasToString(WEATHER);
        assertThat(events.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    }

    @Test
    void callsNoFunctionUnlessItMust() throws Exception {
        assertThat(caller.answer(withTools(chat(""))).at("/choices/0/message").has("tool_calls")).isFalse();
        assertThat(call(caller.answer(withTools(chat("[[sim tool]]")))).isMissingNode()).isFalse();
    }

    @Test
    void callsSeveralFunctionsAtOnceWhereTheCallerWantsThem() throws Exception {
        var asked = withTools(chat("[[sim tool=3 itl=0]]"));
        var calls = caller.answer(asked).at("/choices/0/message/tool_calls");
        assertThat(calls.findValuesAsText("name")).containsExactly("get_time", "get_weather", "get_time");
        assertThat(calls.findValuesAsText("arguments")).containsExactly("{}", WEATHER, "{}");
        assertThat(calls.findValuesAsText("id")).doesNotHaveDuplicates();

        var streamed = new StringBuilder();
        for (var event : caller.events(asked.deepCopy().put("stream", true))) {
            var call = event.at("/choices/0/delta/tool_calls/0");
            streamed.append(call.has("id") ? " " + call.path("index") + call.at("/function/name").asText() : "")
                    .append(call.at("/function/arguments").asText());
        }
        assertThat(streamed).hasToString(" 0get_time{} 1get_weather" + WEATHER + " 2get_time{}");

        assertThat(caller.answer(asked.put("parallel_tool_calls", false)).at("/choices/0/message/tool_calls"))
                .hasSize(1);
        assertThat(caller.answer(asked.put("tool_choice", "none")).at("/choices/0/message").has("tool_calls"))
                .isFalse();
    }

    @Test
    void refusesToCallAFunctionThatIsNotThere() throws Exception {
        assertThat(caller.post(chat("").put("tool_choice", "required")).statusCode()).isEqualTo(400);
    }

    @Test
    void answersInTheSchemaThatIsAsked() throws Exception {
        var body = chat("[[sim itl=0]]");
        var format = body.putObject("response_format").put("type", "json_schema").putObject("json_schema");
        format.set("schema", MAPPER.readTree("{\"type\":\"object\",\"required\":[\"ok\"],"
                + "\"properties\":{\"ok\":{\"type\":\"boolean\"},\"more\":{\"type\":\"string\"}}}"));
        var message = caller.answer(body).at("/choices/0/message/content");
        assertThat(message.asText()).isEqualTo("{\"ok\":true}");
        body.putObject("response_format").put("type", "json_object");
        assertThat(caller.answer(body).at("/choices/0/message/content").asText()).isEqualTo("{}");
    }

    private static JsonNode call(JsonNode answer) {
        return answer.at("/choices/0/message/tool_calls/0");
    }

    private static ObjectNode withTools(ObjectNode body) {
        body.set("tools", Caller.parse(TOOLS));
        return body;
    }

    private static ObjectNode withNamedTool(ObjectNode body) {
        withTools(body).putObject("tool_choice").put("type", "function").putObject("function")
                .put("name", "get_weather");
        return body;
    }
}
