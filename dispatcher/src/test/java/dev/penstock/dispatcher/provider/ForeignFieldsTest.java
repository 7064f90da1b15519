package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class ForeignFieldsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ASKED = """
            {'thinking':{'type':'enabled','budget_tokens':2048},'top_k':3,'messages':[
             {'role':'system','content':[{'type':'text','text':'A'},
              {'type':'text','text':'B','cache_control':{'type':'ephemeral'}}]},
             {'role':'user','content':[{'type':'image_url','image_url':{'url':'u'}},
              {'type':'text','text':'C','cache_control':{'type':'ephemeral'}}]},
             {'role':'assistant','content':[{'type':'text','text':'D'},{'type':'text','text':'E'}],
              'reasoning_content':'R','reasoning_details':[{'type':'reasoning.encrypted','data':'x'}]}],
             'tools':[{'type':'function','function':{'name':'f'},'cache_control':{'type':'ephemeral'}}]}""";

    private static JsonNode settled(ProviderKind kind) {
        ObjectNode request = (ObjectNode) json(ASKED);
        ForeignFields.settle(request, kind, new Gaps());
        return request;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void openAiGetsNothingThatItWouldRefuse() {
        assertThat(settled(ProviderKind.OPENAI)).isEqualTo(json("""
                {'messages':[{'role':'system','content':'A\\n\\nB'},
                 {'role':'user','content':[{'type':'image_url','image_url':{'url':'u'}},{'type':'text','text':'C'}]},
                 {'role':'assistant','content':'DE'}],'tools':[{'type':'function','function':{'name':'f'}}]}"""));
    }

    @Test
    void nobodyElseIsAskedForASummaryOfReasoning() {
        for (ProviderKind kind : ProviderKind.values()) {
            ObjectNode request = (ObjectNode) json("{'reasoning':{'summary':'auto'}}");
            ForeignFields.settle(request, kind, new Gaps());
            assertThat(request).as("%s", kind).isEmpty();
        }
    }

    @Test
    void whoThinksIsToldInItsOwnWords() {
        assertThat(settled(ProviderKind.DEEPSEEK).path("thinking")).isEqualTo(json("{'type':'enabled'}"));
        assertThat(settled(ProviderKind.DEEPSEEK).at("/messages/2/reasoning_content").asText()).isEqualTo("R");
        JsonNode qwen = settled(ProviderKind.QWEN);
        assertThat(qwen.path("enable_thinking").asBoolean()).isTrue();
        assertThat(qwen.path("thinking_budget").asInt()).isEqualTo(2048);
        assertThat(qwen.has("thinking")).isFalse();
        JsonNode openRouter = settled(ProviderKind.OPENROUTER);
        assertThat(openRouter.path("reasoning")).isEqualTo(json("{'max_tokens':2048}"));
        assertThat(openRouter.at("/messages/2/reasoning_details/0/data").asText()).isEqualTo("x");
        assertThat(openRouter.at("/messages/0/content/1/cache_control/type").asText()).isEqualTo("ephemeral");
    }

    @Test
    void anUnknownServerGetsWhatWasSent() {
        assertThat(settled(ProviderKind.OPENAI_COMPATIBLE)).isEqualTo(json(ASKED));
    }
}
