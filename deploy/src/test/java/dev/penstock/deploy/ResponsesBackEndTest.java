package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A model that only OpenAI's Responses API has, asked as any other. */
@ExtendWith(SharedBed.class)
class ResponsesBackEndTest {
    private final TestBed bed;

    ResponsesBackEndTest(TestBed bed) {
        this.bed = bed;
    }

    @Test
    void threeTurnsWithToolsGiveTheModelItsReasoningBack() throws Exception {
        ToolLoop.givesBackWhatWasSigned(bed, """
                "model":"sim-responses","reasoning_effort":"low","reasoning":{"summary":"auto"}""",
                (thought, _) -> assertThat(thought).startsWith("The water thinks of "));
    }

    @Test
    void aStreamEndsWithItsUsageOrSaysThatItBroke() throws Exception {
        assertThat(stream("tokens=3 ttft=0 itl=0")).contains("\"content\":\" The\"")
                .contains("\"completion_tokens\":3").endsWith("data: [DONE]\n\n");
        assertThat(stream("ttft=0 itl=0 error@2")).contains("\"content\":\" The\"").contains("event: error\n")
                .doesNotContain("[DONE]");
    }

    /** As OpenAI itself does for the models that reason. */
    @Test
    void stopIsRefusedByItsName() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-responses","stop":"x","messages":[{"role":"user","content":"Hi"}]}""");

        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode error = ApiClient.JSON.readTree(response.body()).path("error");
        assertThat(error.path("param").asText()).isEqualTo("stop");
    }

    private String stream(String words) throws Exception {
        return bed.post("""
                {"model":"sim-responses","stream":true,"stream_options":{"include_usage":true},
                 "messages":[{"role":"user","content":"[[sim %s]] Hello"}]}""".formatted(words)).body();
    }
}
