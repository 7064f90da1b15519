package dev.penstock.ingress.format;

import static dev.penstock.ingress.format.Asked.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.ingress.admission.SharedFolder;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class MessagesToChatTest {
    private static JsonNode chat(String fields) {
        return Asked.body(Format.MESSAGES, "{'model':'m','max_tokens':9," + fields + "}");
    }

    private static JsonNode messages(String messages) {
        return chat("'messages':[" + messages + "]").path("messages");
    }

    private static ApiError invalid(String fields) {
        return Asked.invalid(Format.MESSAGES, "{'model':'m','max_tokens':9," + fields + "}");
    }

    @Test
    void theSystemComesFirstAndKeepsItsMarks() {
        JsonNode chat = chat("'messages':[{'role':'user','content':'Hi'}],'system':[{'type':'text','text':'A'},"
                + "{'type':'text','text':'B','cache_control':{'type':'ephemeral'}}]");

        assertThat(chat.path("messages")).isEqualTo(json("[{'role':'system','content':[{'type':'text','text':'A'},"
                + "{'type':'text','text':'B','cache_control':{'type':'ephemeral'}}]},{'role':'user','content':'Hi'}]"));
        assertThat(chat.path("max_completion_tokens").asInt()).isEqualTo(9);
    }

    @Test
    void aTurnWithToolsAndThoughtsIsOneMessageAndEveryResultOneMore() {
        assertThat(messages("{'role':'user','content':'Weather?'},{'role':'assistant','content':["
                + "{'type':'thinking','thinking':'Hm','signature':'sig'},{'type':'redacted_thinking','data':'xyz'},"
                + "{'type':'text','text':'Let me '},{'type':'text','text':'see'},"
                + "{'type':'tool_use','id':'t1','name':'w','input':{'city':'Rome'}},"
                + "{'type':'tool_use','id':'t2','name':'w','input':{}}]},{'role':'user','content':["
                + "{'type':'tool_result','tool_use_id':'t1','content':'Sun'},"
                + "{'type':'tool_result','tool_use_id':'t2','is_error':true},{'type':'text','text':'And?'}]}"))
                .isEqualTo(json("[{'role':'user','content':'Weather?'},{'role':'assistant','content':["
                        + "{'type':'text','text':'Let me '},{'type':'text','text':'see'}],"
                        + "'reasoning_content':'Hm','reasoning_details':["
                        + "{'type':'reasoning.text','text':'Hm','signature':'sig'},"
                        + "{'type':'reasoning.encrypted','data':'xyz'}],'tool_calls':["
                        + "{'id':'t1','type':'function','function':{'name':'w','arguments':'{\\'city\\':\\'Rome\\'}'}},"
                        + "{'id':'t2','type':'function','function':{'name':'w','arguments':'{}'}}]},"
                        + "{'role':'tool','tool_call_id':'t1','content':'Sun'},"
                        + "{'role':'tool','tool_call_id':'t2','content':''},{'role':'user','content':'And?'}]"));
    }

    @Test
    void anImageInAResultComesAfterTheResults() {
        JsonNode messages = messages(
                "{'role':'assistant','content':[{'type':'tool_use','id':'t1','name':'w','input':{}}"
                        + ",{'type':'tool_use','id':'t2','name':'w','input':{}}]},{'role':'user','content':["
                        + "{'type':'tool_result','tool_use_id':'t1','content':[{'type':'text','text':'see'},{'type':'image',"
                        + "'source':{'type':'base64','media_type':'image/png','data':'AAAA'}}]},"
                        + "{'type':'tool_result','tool_use_id':'t2','content':'done'}]}");

        assertThat(messages.findValuesAsText("role")).containsExactly("assistant", "tool", "tool", "user");
        assertThat(messages.path(3).path("content")).isEqualTo(
                json("[{'type':'image_url','image_url':{'url':'data:image/png;base64,AAAA'}}]"));
    }

    @Test
    void documentsAreFilesOrText() {
        assertThat(messages("{'role':'user','content':[{'type':'document','title':'a.pdf','source':{'type':'base64',"
                + "'media_type':'application/pdf','data':'AAAA'}},{'type':'document','source':{'type':'text',"
                + "'media_type':'text/plain','data':'words'}},{'type':'image','source':{'type':'url',"
                + "'url':'https://x.test/a.png'}}]}").path(0).path("content")).isEqualTo(json(
                        "[{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/pdf;base64,AAAA'}},"
                                + "{'type':'text','text':'words'},"
                                + "{'type':'image_url','image_url':{'url':'https://x.test/a.png'}}]"));
    }

    @Test
    void toolsAndTheirChoiceAreTurned() {
        JsonNode chat = chat("'messages':[{'role':'user','content':'Hi'}],'tools':[{'name':'w','description':'d',"
                + "'input_schema':{'type':'object'},'cache_control':{'type':'ephemeral'}}],"
                + "'tool_choice':{'type':'tool','name':'w','disable_parallel_tool_use':true}");

        assertThat(chat.path("tools")).isEqualTo(json("[{'type':'function','function':{'name':'w','description':'d',"
                + "'parameters':{'type':'object'}},'cache_control':{'type':'ephemeral'}}]"));
        assertThat(chat.path("tool_choice")).isEqualTo(json("{'type':'function','function':{'name':'w'}}"));
        assertThat(chat.path("parallel_tool_calls").asBoolean(true)).isFalse();
    }

    @Test
    void whatElseIsAskedForIsTurned() {
        JsonNode chat = chat("'messages':[{'role':'user','content':'Hi'}],'stop_sequences':['x'],'top_k':4,"
                + "'temperature':0.70,'metadata':{'user_id':'u'},'thinking':{'type':'enabled','budget_tokens':2048},"
                + "'output_config':{'effort':'high','format':{'type':'json_schema','schema':{'type':'object'}}}");

        assertThat(chat.path("stop")).isEqualTo(json("['x']"));
        assertThat(chat.path("top_k").asInt()).isEqualTo(4);
        assertThat(chat.path("user").asText()).isEqualTo("u");
        assertThat(chat.path("thinking")).isEqualTo(json("{'type':'enabled','budget_tokens':2048}"));
        assertThat(chat.path("reasoning_effort").asText()).isEqualTo("high");
        assertThat(chat.path("response_format").path("json_schema").path("schema")).isEqualTo(
                json("{'type':'object'}"));
    }

    @Test
    void whatIsWrongIsNamedInItsOwnTerms() {
        assertThat(Asked.invalid(Format.MESSAGES, "{'model':'m','messages':[{'role':'user','content':'Hi'}]}").param())
                .isEqualTo("max_tokens");
        assertThat(invalid("'messages':[{'role':'user','content':[{'type':'txt'}]}]").param())
                .isEqualTo("messages[0].content[0].type");
        assertThat(invalid("'messages':[]").param()).isEqualTo("messages");
        assertThat(invalid("'messages':[{'role':'user','content':'Hi'}],'temperature':1.5").param())
                .isEqualTo("temperature");
        assertThat(invalid("'messages':[{'role':'user','content':'Hi'}],'tools':[{'type':'web_search_20250305',"
                + "'name':'web_search'}]").message()).contains("web_search_20250305").contains("'custom'");
        assertThat(invalid("'messages':[{'role':'user','content':'Hi'}],'mcp_servers':[{'url':'https://x.test'}]")
                .param()).isEqualTo("mcp_servers");
        assertThat(invalid("'messages':[{'role':'user','content':'Hi'}],'thread':{'type':'create'}").param())
                .isEqualTo("thread");
    }

    @Test
    void aCountNeedsNoLimit() {
        Inbound counted = Inbound.readToCount(
                Asked.bytes("{'model':'m','messages':[{'role':'user','content':'Hello there'}]}"));

        assertThat(counted).isInstanceOfSatisfying(Inbound.Valid.class,
                valid -> assertThat(valid.request().prompt().expectedTokens()).isBetween(5L, 25L));
    }

    /** But for tools that run at Anthropic. */
    @Test
    void whatRealClientsSendIsTakenIn() throws IOException {
        Path wire = SharedFolder.find("PENSTOCK_WIRE", "wire").resolve("anthropic");
        var refused = new ArrayList<String>();
        int read = 0;
        try (var files = Files.newDirectoryStream(wire, "*.request.json")) {
            for (Path file : files) {
                read++;
                if (Inbound.read(Format.MESSAGES, Files.readAllBytes(file)) instanceof Inbound.Invalid(var error)) {
                    refused.add(file.getFileName() + ": " + error.message());
                }
            }
        }
        assertThat(read).isGreaterThan(30);
        assertThat(refused).hasSize(2).anyMatch(refusal -> refusal.contains("'code_execution_20260521'"))
                .anyMatch(refusal -> refusal.contains("'web_search_20260318'"));
    }
}
