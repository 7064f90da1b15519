package dev.penstock.ingress.format;

import static dev.penstock.ingress.format.Asked.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ingress.admission.Estimate;
import dev.penstock.ingress.admission.Published;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.Format;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class InboundTest {
    @Test
    void aLegacyPromptIsAMessageOfSixteenTokens() {
        assertThat(Asked.body(Format.COMPLETIONS, "{'model':'m','prompt':['Once'],'stop':'.','logit_bias':{'5':1}}"))
                .isEqualTo(json("{'max_tokens':16,'messages':[{'role':'user','content':'Once'}],'stop':'.',"
                        + "'logit_bias':{'5':1}}"));
        assertThat(Asked.body(Format.COMPLETIONS, "{'model':'m','prompt':'Once','max_tokens':3}").path("max_tokens")
                .asInt()).isEqualTo(3);
    }

    @Test
    void whatAChatCannotDoIsRefused() {
        for (String parameter : new String[]{"'echo':true", "'suffix':'x'", "'logprobs':1", "'best_of':3"}) {
            assertThat(Asked.invalid(Format.COMPLETIONS, "{'model':'m','prompt':'a'," + parameter + "}").param())
                    .isEqualTo(parameter.substring(1, parameter.indexOf('\'', 1)));
        }
        assertThat(Asked.invalid(Format.COMPLETIONS, "{'model':'m','prompt':['a','b']}").param()).isEqualTo("prompt");
        assertThat(Asked.invalid(Format.COMPLETIONS, "{'model':'m','prompt':[1,2]}").param()).isEqualTo("prompt[0]");
    }

    @Test
    void embeddingsGoOnAsTheyAreWithoutTheirModel() {
        Inbound.Valid read = Asked.valid(Format.EMBEDDINGS, "{'model':'e','input':['a','b'],'new':1,"
                + "'encoding_format':'base64','dimensions':8}");

        assertThat(read.request().model()).isEqualTo("e");
        assertThat(new String(read.request().body(), StandardCharsets.UTF_8).replace('"', '\'')).isEqualTo(
                "{'input':['a','b'],'encoding_format':'base64','dimensions':8}");
        Asked.valid(Format.EMBEDDINGS, "{'model':'e','input':[1,2,3]}");
        Asked.valid(Format.EMBEDDINGS, "{'model':'e','input':[[1,2],[3]]}");
        assertThat(Asked.invalid(Format.EMBEDDINGS, "{'model':'e','input':[[1,'x']]}").param())
                .isEqualTo("input[0][1]");
        assertThat(Asked.invalid(Format.EMBEDDINGS, "{'model':'e'}").param()).isEqualTo("input");
    }

    @Test
    void manyEmbeddingsAreBoundedByTheirBytesAndByWhatTheModelReadsOfEach() {
        var model = new Model("e", "p", "e", new Price(1_000_000_000_000L, 0, null, null),
                new Limits(100, null, null), 0);
        String text = "'" + "x".repeat(90) + "'";
        String many = (text + ",").repeat(9) + text;

        assertThat(inputCost(text, model)).isEqualTo(100 * 1_000_000L);
        assertThat(inputCost(many, model)).isEqualTo(1_000 * 1_000_000L);
    }

    private static long inputCost(String input, Model model) {
        Estimate estimate = Estimate.of(
                Asked.valid(Format.EMBEDDINGS, "{'model':'e','input':[" + input + "]}").request(), model,
                Published.NOTHING, null);
        assertThat(estimate).isInstanceOf(Estimate.Bounded.class);
        return ((Estimate.Bounded) estimate).bound().total();
    }

    @Test
    void moderationsNeedNoModel() {
        assertThat(Asked.valid(Format.MODERATIONS, "{'input':'x'}").request().model())
                .isEqualTo("omni-moderation-latest");
        assertThat(Asked.body(Format.MODERATIONS, "{'model':'m','input':[{'type':'text','text':'x'}]}"))
                .isEqualTo(json("{'input':[{'type':'text','text':'x'}]}"));
    }

    @Test
    void garbageIsNoRequestOfAnyApi() {
        for (Format format : Format.values()) {
            for (String garbage : new String[]{"", "[]", "{", "{}x", "null", "{'model':'m'}"}) {
                assertThat(Asked.invalid(format, garbage).status()).isEqualTo(400);
            }
        }
    }
}
