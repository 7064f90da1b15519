package dev.penstock.deploy;

import static dev.penstock.deploy.RoutesBed.HELLO;
import static dev.penstock.deploy.RoutesBed.body;
import static dev.penstock.deploy.RoutesBed.header;
import static dev.penstock.deploy.RoutesBed.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.UsageEvent;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who answers, through the real thing, and how that is told. */
@ExtendWith(RoutesBed.Shared.class)
class RoutesTest {
    private final RoutesBed bed;

    RoutesTest(RoutesBed bed) {
        this.bed = bed;
    }

    @BeforeEach
    void well() {
        bed.well();
    }

    @Test
    void aRouteIsListedAndAnswersAndSaysWho() throws Exception {
        JsonNode models = json(bed.get("/models", TestBed.KEY));
        assertThat(models.findValuesAsText("id")).contains("smart", "quick", "alpha-small");

        HttpResponse<String> answer = bed.post("smart", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(header(answer, "x-penstock-provider")).isEqualTo("alpha");
        assertThat(header(answer, "x-penstock-model")).isEqualTo("alpha-small");
        assertThat(header(answer, "x-penstock-route-reason")).isEqualTo("priority");
        assertThat(header(answer, "x-ratelimit-limit-requests")).isEqualTo("1000000");
        assertThat(header(answer, "x-ratelimit-remaining-tokens")).matches("\\d+");
        assertThat(header(answer, "x-ratelimit-reset-tokens")).matches("(\\d+h)?(\\d+m)?[\\d.]+m?s");
        UsageEvent event = bed.usage(json(answer).path("id").asText());
        assertThat(event.getModel()).isEqualTo("alpha-small");
        assertThat(event.getRoute()).isEqualTo("smart");
        assertThat(event.getCostNanoUsd()).isPositive();
    }

    /** Groq gives one choice a call and takes no names of speakers. */
    @Test
    void whatAProviderHasNotIsMadeUpForOrNamed() throws Exception {
        HttpResponse<String> answer = bed.send("/chat/completions", TestBed.KEY,
                body("single-small", ",\"n\":2").replace("\"user\"", "\"user\",\"name\":\"me\""), Map.of());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer).path("choices").findValuesAsText("index")).containsExactly("0", "1");
        assertThat(header(answer, "x-penstock-dropped-params")).isEqualTo("messages[].name");
        UsageEvent event = bed.usage(json(answer).path("id").asText());
        assertThat(event.getTokens().getCalls()).isEqualTo(2);
        assertThat(event.getTokens().getOutput()).isEqualTo(json(answer).at("/usage/completion_tokens").asLong())
                .isEqualTo(6);
        assertThat(header(bed.post("alpha-small", ",\"n\":2"), "x-penstock-dropped-params")).isEmpty();
    }

    @Test
    void theSdkUsesARouteLikeAModel() {
        OpenAIClient openai = OpenAIOkHttpClient.builder().baseUrl(bed.url("")).apiKey(TestBed.KEY).maxRetries(0)
                .build();
        var params = ChatCompletionCreateParams.builder().model("smart").addUserMessage(HELLO).build();
        try (var stream = openai.chat().completions().createStreaming(params)) {
            assertThat(stream.stream().toList()).isNotEmpty();
        }
        assertThat(openai.chat().completions().create(params).choices()).hasSize(1);
        openai.close();
    }

    @Test
    void aRouteExplainsItselfAndSpendsNothing() throws Exception {
        int calls = bed.alpha.calls.get() + bed.beta.calls.get();
        JsonNode told = bed.explain("smart");

        assertThat(told.path("object").asText()).isEqualTo("route.explanation");
        assertThat(told.path("strategy").asText()).isEqualTo("priority");
        assertThat(told.path("candidates").findValuesAsText("model")).containsExactly("alpha-small", "beta-small");
        assertThat(told.at("/candidates/0/decision").asText()).isEqualTo("taken");
        assertThat(told.at("/candidates/1/reason").asText()).isEqualTo("fallback");
        assertThat(told.at("/candidates/1/figures/expected_cost_nano_usd").asLong())
                .isEqualTo(2 * told.at("/candidates/0/figures/expected_cost_nano_usd").asLong());
        JsonNode structured = json(bed.send("/routes/explain", TestBed.KEY, body("smart",
                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\"}}"), Map.of()));
        assertThat(structured.at("/candidates/0/model").asText()).isEqualTo("beta-small");
        assertThat(structured.at("/candidates/1/decision").asText()).isEqualTo("passed_over");
        assertThat(structured.at("/candidates/1/reason").asText()).isEqualTo("no_json_schema");
        assertThat(bed.alpha.calls.get() + bed.beta.calls.get()).isEqualTo(calls);
    }

    @Test
    void whoAnswersAfterAFallbackIsTold() throws Exception {
        bed.alpha.failing = true;
        HttpResponse<String> answer = bed.post("smart", "");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(header(answer, "x-penstock-provider")).isEqualTo("beta");
        assertThat(header(answer, "x-penstock-route-reason")).isIn("fallback", "priority");
        assertThat(bed.usage(json(answer).path("id").asText()).getModel()).isEqualTo("beta-small");
    }

    @Test
    void anArmIsKeptAndRecordedAndAskedInItsOwnWay() throws Exception {
        var arms = new HashSet<String>();
        for (int user = 0; user < 12; user++) {
            String fields = ",\"user\":\"u" + user + "\",\"temperature\":0.1,\"max_tokens\":20";
            HttpResponse<String> answer = bed.post("split", fields);
            String arm = header(answer, "x-penstock-arm");
            JsonNode asked = ApiClient.JSON.readTree(bed.alpha.lastBody);
            assertThat(asked.path("temperature").asDouble()).isEqualTo(arm.equals("warm") ? 0.9 : 0.1);
            assertThat(asked.path("max_tokens").asInt()).isEqualTo(arm.equals("warm") ? 7 : 20);
            assertThat(header(bed.post("split", fields), "x-penstock-arm")).isEqualTo(arm);
            assertThat(bed.usage(json(answer).path("id").asText()).getArm()).isEqualTo(arm);
            arms.add(arm);
        }
        assertThat(arms).containsExactlyInAnyOrder("plain", "warm");
    }

    @Test
    void aShadowAnswersNobodyAndIsPaidForByAnother() throws Exception {
        HttpResponse<String> answer = bed.post("mirrored", "");

        assertThat(header(answer, "x-penstock-provider")).isEqualTo("alpha");
        String id = json(answer).path("id").asText();
        UsageEvent shadow = bed.usage(id + "-shadow");
        assertThat(shadow.getEnd()).isEqualTo(AttemptEnd.COMPLETED);
        assertThat(shadow.getTenant()).isEqualTo("lab");
        assertThat(shadow.getModel()).isEqualTo("beta-small");
        assertThat(shadow.getCostNanoUsd()).isPositive();
        assertThat(bed.usage(id).getTenant()).isEqualTo("default");
        bed.beta.failing = true;
        assertThat(bed.post("mirrored", "").statusCode()).isEqualTo(200);
    }
}
