package dev.penstock.ingress.format;

import static dev.penstock.ingress.format.Asked.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.event.Format;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ResponsesToChatTest {
    private static JsonNode chat(String fields) {
        return Asked.body(Format.RESPONSES, "{'model':'m'," + fields + "}");
    }

    private static JsonNode echo(String fields) {
        ByteBuffer echo = Objects
                .requireNonNull(Asked.valid(Format.RESPONSES, "{'model':'m'," + fields + "}").framing().echo());
        return Trees.tree(StandardCharsets.UTF_8.decode(echo).toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String refusedParam(String fields) {
        return String.valueOf(Asked.invalid(Format.RESPONSES, "{'model':'m','input':'Hi'," + fields + "}").param());
    }

    @Test
    void textAndInstructionsAreTwoMessages() {
        assertThat(chat("'input':'Hi','instructions':'Be brief.','max_output_tokens':7")).isEqualTo(json(
                "{'max_completion_tokens':7,'messages':[{'role':'system','content':'Be brief.'},"
                        + "{'role':'user','content':'Hi'}]}"));
    }

    @Test
    void theItemsOfATurnAreOneMessage() {
        assertThat(chat("'input':[{'role':'user','content':[{'type':'input_text','text':'Look'},"
                + "{'type':'input_image','image_url':'https://x.test/a.png','detail':'low'}]},"
                + "{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'Hm'}],"
                + "'encrypted_content':'signature.a.b'},{'type':'reasoning','summary':[],"
                + "'encrypted_content':'redacted.xyz'},{'type':'reasoning','summary':[],'encrypted_content':'other'},"
                + "{'type':'message','role':'assistant','id':'msg_1','status':'completed','content':["
                + "{'type':'output_text','text':'I see','annotations':[]}]},"
                + "{'type':'function_call','call_id':'c1','name':'f','arguments':'{}','id':'fc_1'},"
                + "{'type':'function_call','call_id':'c2','name':'g','arguments':'{}'},"
                + "{'type':'function_call_output','call_id':'c1','output':'one'},"
                + "{'type':'function_call_output','call_id':'c2','output':[{'type':'input_text','text':'two'},"
                + "{'type':'input_image','image_url':'data:image/png;base64,AAAA'}]}]").path("messages"))
                .isEqualTo(json("[{'role':'user','content':[{'type':'text','text':'Look'},{'type':'image_url',"
                        + "'image_url':{'url':'https://x.test/a.png','detail':'low'}}]},"
                        + "{'role':'assistant','content':'I see','reasoning_content':'Hm','reasoning_details':["
                        + "{'type':'reasoning.text','text':'Hm','signature':'a.b'},"
                        + "{'type':'reasoning.encrypted','data':'xyz'}],'tool_calls':["
                        + "{'id':'c1','type':'function','function':{'name':'f','arguments':'{}'}},"
                        + "{'id':'c2','type':'function','function':{'name':'g','arguments':'{}'}}]},"
                        + "{'role':'tool','tool_call_id':'c1','content':'one'},"
                        + "{'role':'tool','tool_call_id':'c2','content':'two'},{'role':'user','content':["
                        + "{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA','detail':'auto'}}]}]"));
    }

    @Test
    void reasoningThatNothingFollowedIsLeftOut() {
        assertThat(chat("'input':[{'type':'reasoning','summary':[{'type':'summary_text','text':'Hm'}]},"
                + "{'role':'user','content':'Hi'}]").path("messages"))
                .isEqualTo(json("[{'role':'user','content':'Hi'}]"));
    }

    @Test
    void toolsFormatAndEffortAreTurned() {
        JsonNode chat = chat("'input':'Hi','tools':[{'type':'function','name':'f','parameters':{'type':'object'},"
                + "'strict':true}],'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'function',"
                + "'name':'f'}]},'text':{'verbosity':'low','format':{'type':'json_schema','name':'n','strict':true,"
                + "'schema':{'type':'object'}}},'reasoning':{'effort':'low','summary':'auto'},'stream':true");

        assertThat(chat.path("tools")).isEqualTo(json(
                "[{'type':'function','function':{'name':'f','parameters':{'type':'object'},'strict':true}}]"));
        assertThat(chat.path("tool_choice")).isEqualTo(json("{'type':'allowed_tools','allowed_tools':{'mode':'auto',"
                + "'tools':[{'type':'function','function':{'name':'f'}}]}}"));
        assertThat(chat.path("response_format")).isEqualTo(json("{'type':'json_schema','json_schema':{'name':'n',"
                + "'schema':{'type':'object'},'strict':true}}"));
        assertThat(chat.path("reasoning_effort").asText()).isEqualTo("low");
        assertThat(chat.path("reasoning")).isEqualTo(json("{'summary':'auto'}"));
        assertThat(chat.path("verbosity").asText()).isEqualTo("low");
    }

    @Test
    void aNamespaceIsPartOfTheNamesInIt() {
        JsonNode chat = chat("'input':[{'role':'user','content':'Hi'},{'type':'function_call','call_id':'c',"
                + "'namespace':'team','name':'ask','arguments':'{}'}],'tools':[{'type':'namespace','name':'team',"
                + "'description':'d','tools':[{'type':'function','name':'ask','strict':false}]}]");

        assertThat(chat.path("tools")).isEqualTo(
                json("[{'type':'function','function':{'name':'team__ask','strict':false}}]"));
        assertThat(chat.at("/messages/1/tool_calls/0/function/name").asText()).isEqualTo("team__ask");
    }

    @Test
    void theResponseWillRepeatWhatWasAsked() {
        JsonNode echo = echo("'input':'Hi','instructions':'x','metadata':{'a':'b'},'temperature':0.2,"
                + "'tools':[{'type':'function','name':'f'}],'reasoning':{'effort':'low'}");

        assertThat(echo.path("instructions").asText()).isEqualTo("x");
        assertThat(echo.path("metadata")).isEqualTo(json("{'a':'b'}"));
        assertThat(echo.path("temperature").asText()).isEqualTo("0.2");
        assertThat(echo.path("top_p").asInt()).isEqualTo(1);
        assertThat(echo.path("presence_penalty")).isEqualTo(json("0"));
        assertThat(echo.path("tools")).isEqualTo(
                json("[{'type':'function','name':'f','parameters':null,'strict':false}]"));
        assertThat(echo.path("tool_choice").asText()).isEqualTo("auto");
        assertThat(echo.path("text")).isEqualTo(json("{'format':{'type':'text'}}"));
        assertThat(echo.path("reasoning")).isEqualTo(json("{'effort':'low','summary':null}"));
        assertThat(echo.path("max_output_tokens").isNull()).isTrue();
    }

    @Test
    void aContinuedResponseHasTheItemsOfTheOneBeforeFirst() {
        var asked = Inbound.read(Format.RESPONSES,
                "{\"model\":\"m\",\"input\":\"Two\",\"previous_response_id\":\"resp_1\"}"
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(asked).isInstanceOfSatisfying(Inbound.Continued.class, continued -> {
            assertThat(continued.previousId()).isEqualTo("resp_1");
            var before = "[{\"role\":\"user\",\"content\":\"One\"},{\"type\":\"message\",\"role\":\"assistant\",\"content\":"
                    + "[{\"type\":\"output_text\",\"text\":\"Yes\"}]}]";
            assertThat(continued.after(before.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOfSatisfying(Inbound.Valid.class,
                            valid -> assertThat(new String(valid.request().body(), StandardCharsets.UTF_8))
                                    .containsSubsequence("One", "assistant", "Yes", "Two"));
        });
    }

    @Test
    void whatNeedsSomethingKeptIsRefused() {
        assertThat(refusedParam("'background':true,'store':false")).isEqualTo("store");
        assertThat(refusedParam("'conversation':'conv_1'")).isEqualTo("conversation");
        assertThat(refusedParam("'prompt':{'id':'p'}")).isEqualTo("prompt");
        assertThat(refusedParam("'include':['message.output_text.logprobs']")).isEqualTo("include");
        assertThat(refusedParam("'tools':[{'type':'mcp','server_label':'x'}]")).isEqualTo("tools[0].type");
        assertThat(Asked.invalid(Format.RESPONSES, "{'model':'m','input':[{'type':'item_reference','id':'x'}]}")
                .param()).isEqualTo("input[0].type");
        Asked.valid(Format.RESPONSES, "{'model':'m','input':'Hi','store':true,'background':false,"
                + "'previous_response_id':null,'include':['reasoning.encrypted_content']}");
    }
}
