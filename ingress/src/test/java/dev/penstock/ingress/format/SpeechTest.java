package dev.penstock.ingress.format;

import static dev.penstock.ingress.format.Asked.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SpeechTest {
    @Test
    void anthropicsErrorsAreOfItsOwnTypes() {
        assertThat(anthropicType(400)).isEqualTo("invalid_request_error");
        assertThat(anthropicType(401)).isEqualTo("authentication_error");
        assertThat(anthropicType(404)).isEqualTo("not_found_error");
        assertThat(anthropicType(413)).isEqualTo("request_too_large");
        assertThat(anthropicType(429)).isEqualTo("rate_limit_error");
        assertThat(anthropicType(502)).isEqualTo("api_error");
        assertThat(anthropicType(503)).isEqualTo("overloaded_error");
        assertThat(anthropicType(504)).isEqualTo("timeout_error");
        assertThat(Speech.MESSAGES.status(Refusals.logUnavailable(1))).isEqualTo(529);
        assertThat(Speech.OPENAI.status(Refusals.logUnavailable(1))).isEqualTo(503);
    }

    private static String anthropicType(int status) {
        var body = Trees.tree(Speech.MESSAGES.body(ApiError.of(status, "t", "c", "m")));
        assertThat(body.path("type").asText()).isEqualTo("error");
        assertThat(body.path("error").path("message").asText()).isEqualTo("m");
        return body.path("error").path("type").asText();
    }

    @Test
    void anthropicsSdksAreToldToGoOnWithoutAThread() {
        assertThat(Trees.tree(Speech.MESSAGES.body(Refusals.threadUnsupported())).at("/error/details")).isEqualTo(
                json("{'error_code':'thread_unsupported_request','unsupported':['thread']}"));
    }

    @Test
    void theLimitIsCalledAsItsApiCallsIt() {
        ApiError error = Refusals.outputUnbounded("m");

        assertThat(Trees.tree(Speech.RESPONSES.body(error)).path("error").path("param").asText())
                .isEqualTo("max_output_tokens");
        assertThat(new String(Speech.MESSAGES.body(error), StandardCharsets.UTF_8)).contains("'max_tokens'");
        assertThat(new String(Speech.OPENAI.body(error), StandardCharsets.UTF_8)).contains("'max_completion_tokens'");
    }

    @Test
    void aStreamBreaksOffInTheWordsOfItsApi() {
        var error = ApiError.of(502, "server_error", "worker_lost", "Gone.");

        assertThat(last(Speech.OPENAI, error)).startsWith("event: error\ndata: {\"error\":{").endsWith("}\n\n");
        assertThat(last(Speech.MESSAGES, error)).isEqualTo("event: error\ndata: {\"type\":\"error\",\"error\":"
                + "{\"type\":\"api_error\",\"message\":\"Gone.\"}}\n\n");
        String response = last(Speech.RESPONSES, error);
        assertThat(response).startsWith("event: error\ndata: ");
        assertThat(Trees.tree(response.substring(19).getBytes(StandardCharsets.UTF_8))).isEqualTo(json(
                "{'type':'error','sequence_number':7,'code':'worker_lost','message':'Gone.','param':null}"));
    }

    @Test
    void anthropicsPingComesOnceAMessageHasBegun() {
        assertThat(new String(Speech.MESSAGES.keepAlive(false), StandardCharsets.UTF_8)).startsWith(":");
        assertThat(new String(Speech.MESSAGES.keepAlive(true), StandardCharsets.UTF_8)).startsWith("event: ping\n");
        assertThat(new String(Speech.RESPONSES.keepAlive(true), StandardCharsets.UTF_8)).startsWith(":");
    }

    private static String last(Speech speech, ApiError error) {
        return new String(speech.lastEvent(error, 7), StandardCharsets.UTF_8);
    }
}
