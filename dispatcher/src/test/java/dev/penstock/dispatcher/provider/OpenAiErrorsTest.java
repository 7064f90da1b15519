package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.ProviderKind;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenAiErrorsTest {
    private static ApiError error(int status, Map<String, String> headers, String body) {
        return Samples.dialect(ProviderKind.OPENAI).error(status, headers::get, Samples.bytes(body));
    }

    private static ApiError error(int status, String body) {
        return error(status, Map.of(), body);
    }

    @Test
    void givesARefusalOfTheRequestBackAsItIs() {
        assertThat(error(400,
                """
                        {"error":{"message":"Bad","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"""))
                .isEqualTo(
                        new ApiError(400, "invalid_request_error", "unsupported_parameter", "max_tokens", "Bad", null));
    }

    @Test
    void readsMistralsShapes() {
        assertThat(error(400, """
                {"object":"error","message":"Bad id","type":"invalid_function_call","param":null,"code":"3280"}"""))
                .isEqualTo(new ApiError(400, "invalid_function_call", "3280", null, "Bad id", null));
        assertThat(error(422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"Extra inputs\",\"type\":\"x\"}]}").message())
                .isEqualTo("Extra inputs");
        assertThat(error(401, "{\"detail\":\"Invalid API Key\"}")).isEqualTo(Failures.AUTHENTICATION);
    }

    @Test
    void makesOurKeyAndAccountTheOperatorsAffair() {
        for (int status : new int[]{401, 402, 403}) {
            assertThat(error(status, "{\"error\":{\"message\":\"sk-abc is wrong\"}}"))
                    .isEqualTo(Failures.AUTHENTICATION);
            assertThat(error(status, "<html>")).isEqualTo(Failures.AUTHENTICATION);
        }
        assertThat(error(429, "{\"error\":{\"type\":\"insufficient_quota\",\"message\":\"x\"}}"))
                .isEqualTo(Failures.AUTHENTICATION);
    }

    @Test
    void givesModerationToTheCaller() {
        assertThat(error(403, "{\"error\":{\"code\":403,\"message\":\"Flagged\",\"metadata\":{\"reasons\":[\"x\"]}}}"))
                .isEqualTo(new ApiError(403, "invalid_request_error", "403", null, "Flagged", null));
    }

    @Test
    void tellsWhenToComeAgain() {
        String body = "{\"error\":{\"message\":\"Rate limit reached for x in organization org-abcdefgh on tokens per min "
                + "(TPM): Limit 1. Please try again in 1m6.5s.\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}";
        assertThat(error(429, body)).isEqualTo(new ApiError(429, "tokens", "rate_limit_exceeded", null,
                "The provider's rate limit is reached.", 67));
        assertThat(error(429, Map.of("retry-after", "5"), body).retryAfterSeconds()).isEqualTo(5);
        assertThat(error(429, Map.of("retry-after", "5", "retry-after-ms", "1200"), body).retryAfterSeconds())
                .isEqualTo(2);
        assertThat(error(503, Map.of("retry-after", "Wed, 21 Oct 2015 07:28:10 GMT", "date",
                "Wed, 21 Oct 2015 07:28:00 GMT"), "").retryAfterSeconds()).isEqualTo(10);
        assertThat(error(429, Map.of("retry-after", "soon"), "").retryAfterSeconds()).isNull();
        assertThat(error(429, "{\"error\":{\"message\":\"Please try again in 120ms.\"}}").retryAfterSeconds())
                .isEqualTo(1);
    }

    @Test
    void saysNothingOfTheProvidersInsides() {
        assertThat(error(500, "{\"error\":{\"message\":\"host db-7.internal\"}}")).isEqualTo(Failures.FAILED);
        assertThat(error(503, "no healthy upstream")).isEqualTo(Failures.OVERLOADED);
        assertThat(error(408, "")).isEqualTo(Failures.TIMEOUT);
        assertThat(error(404, "<html>nginx")).isEqualTo(Failures.FAILED);
        assertThat(error(400, "{\"error\":{\"message\":\"user-12345678 of org-abcdefgh sk-abcdefgh\"}}").message())
                .isEqualTo("[removed] of [removed] [removed]");
    }

    @Test
    void unwrapsWhatStandsBehindOpenRouter() {
        assertThat(error(400,
                """
                        {"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"maximum context length is 8"}}}"""))
                .isEqualTo(new ApiError(400, "invalid_request_error", "context_length_exceeded", null,
                        "maximum context length is 8", null));
    }
}
