package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    @Test
    void writesNullsOfParamAndCode() {
        assertThat(json(Refusals.missingApiKey())).isEqualTo("{\"error\":{\"message\":\"You didn't provide an API key."
                + " You need to provide your API key in an Authorization header using Bearer auth"
                + " (i.e. Authorization: Bearer YOUR_KEY).\",\"type\":\"invalid_request_error\",\"param\":null,"
                + "\"code\":null}}");
    }

    @Test
    void writesAnyText() {
        var error = new ApiError(400, "t\n", "c", "p\"", "é😀\ud83d", 1);
        assertThat(Json.object(ErrorBody.json(error)).get("error")).isEqualTo(Json.object(
                "{\"message\":\"é😀\\ud83d\",\"type\":\"t\\n\",\"param\":\"p\\\"\",\"code\":\"c\"}"));
    }

    @Test
    void namesTheModelThatIsNotThere() {
        assertThat(Refusals.modelNotFound("gpt-9")).isEqualTo(ApiError.of(404, "invalid_request_error",
                "model_not_found", "The model `gpt-9` does not exist or you do not have access to it."));
        assertThat(Refusals.modelNotFound("x".repeat(1_000)).message()).hasSizeLessThan(150);
    }

    @Test
    void saysWhenToComeAgain() {
        ApiError error = Refusals.logUnavailable(3);
        assertThat(error.status()).isEqualTo(503);
        assertThat(error.retryAfterSeconds()).isEqualTo(3);
    }

    @Test
    void namesTheUrlAsOpenAiDoes() {
        assertThat(Refusals.unknownUrl("POST", "/v1/foo").message()).isEqualTo("Invalid URL (POST /v1/foo)");
        assertThat(Refusals.methodNotAllowed("GET", "/v1/chat/completions").message()).isEqualTo(
                "Not allowed to GET on /v1/chat/completions. (HINT: Perhaps you meant to use a different HTTP method?)");
    }

    private static String json(ApiError error) {
        return new String(ErrorBody.json(error), StandardCharsets.UTF_8);
    }
}
