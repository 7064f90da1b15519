package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The same way as in {@link EndToEndTest}, where the provider speaks Gemini. */
class GeminiTest extends EndToEndTest {
    private TestBed bed;

    @Override
    TestBed bed(Path folder) throws Exception {
        bed = new TestBed(folder, simulator -> """
                providers:
                  google: {kind: GEMINI, baseUrl: %s, apiKey: any, maxConcurrentCalls: 1000}
                models:
                  sim-small: {provider: google, price: {input: 0.1, output: 0.4}}
                  sim-large: {provider: google}
                """.formatted(simulator.resolve("/v1beta")));
        return bed;
    }

    @Test
    void threeTurnsWithToolsGiveTheModelItsSignaturesBack() throws Exception {
        ToolLoop.givesBackWhatWasSigned(bed, """
                "model":"sim-small","reasoning_effort":"low\"""",
                (thought, _) -> assertThat(thought).isEqualTo("The water thinks."));
    }

    @Test
    void aStreamedCallIsSignedToo() throws Exception {
        HttpResponse<String> response = bed.post("""
                {"model":"sim-small","stream":true,"reasoning_effort":"low","tools":%s,"tool_choice":"required",
                 "messages":[{"role":"user","content":"[[sim ttft=0 itl=0]] Weather?"}]}""".formatted(ToolLoop.TOOLS));

        assertThat(response.body()).contains("\"reasoning_content\":\"The water thinks.\"").contains("__pst_")
                .contains("\"finish_reason\":\"tool_calls\"").endsWith("data: [DONE]\n\n");
    }

    @Test
    void whoWantsOneCallAtATimeGetsTheFirst() throws Exception {
        for (boolean stream : new boolean[]{false, true}) {
            for (boolean parallel : new boolean[]{false, true}) {
                HttpResponse<String> response = bed.post("""
                        {"model":"sim-small","stream":%s,"parallel_tool_calls":%s,"tools":%s,
                         "messages":[{"role":"user","content":"[[sim tool=2 ttft=0 itl=0]] Weather?"}]}"""
                        .formatted(stream, parallel, ToolLoop.TOOLS));

                assertThat(response.body().split("\"name\":\"get_weather\"", -1)).hasSize(parallel ? 3 : 2);
                assertThat(response.body()).contains("\"finish_reason\":\"tool_calls\"");
                assertThat(response.headers().firstValue("x-penstock-dropped-params"))
                        .isEqualTo(parallel ? Optional.empty() : Optional.of("parallel_tool_calls"));
            }
        }
    }

    @Test
    void aRateLimitTellsWhenToComeAgain() throws Exception {
        HttpResponse<String> response = bed.post(body("[[sim fault=429@2]]", false));

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("retry-after")).hasValue("2");
    }
}
