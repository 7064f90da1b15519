package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Google's errors, a {@code google.rpc.Status} in {@code error}. They are put into OpenAI's words, so that there is one
 * place that knows what may be shown.
 *
 * @see <a href="https://ai.google.dev/gemini-api/docs/troubleshooting">Error codes</a>
 */
final class GeminiErrors {
    private GeminiErrors() {}

    /**
     * An answer with an error's status.
     *
     * @param body null if it is not JSON
     */
    static ApiError ofStatus(int status, ResponseHeaders headers, @Nullable JsonNode body) {
        JsonNode error = error(body);
        if (!error.isObject()) {
            return OpenAiErrors.ofStatus(status, headers, null);
        }
        String delay = retryDelay(error);
        return OpenAiErrors.ofStatus(status,
                name -> delay != null && name.equals("retry-after") ? delay : headers.get(name), canonical(error));
    }

    /** An error within an answer that began with 200. */
    static ApiError inAnswer(JsonNode body) {
        JsonNode error = error(body);
        return error.isObject() ? OpenAiErrors.inAnswer(canonical(error)) : Failures.MALFORMED;
    }

    /** A stream that was not asked for as server-sent events is an array, and so is its error. */
    private static JsonNode error(@Nullable JsonNode body) {
        if (body == null) {
            return JsonNodeFactory.instance.missingNode();
        }
        return (body.isArray() ? body.path(0) : body).path("error");
    }

    private static JsonNode canonical(JsonNode error) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error").put("message", error.path("message").asText()).put("code", code(error))
                .put("status_code", error.path("code").asInt());
        return body;
    }

    private static @Nullable String code(JsonNode error) {
        for (JsonNode detail : error.path("details")) {
            if (detail.path("reason").asText().startsWith("API_KEY_")) {
                return "invalid_api_key";
            }
        }
        String message = error.path("message").asText().toLowerCase(Locale.ROOT);
        return switch (error.path("status").asText()) {
            case "UNAUTHENTICATED" -> "invalid_api_key";
            // Billing that is not enabled, or a region that is not served.
            case "FAILED_PRECONDITION" -> "insufficient_quota";
            case "NOT_FOUND" -> "model_not_found";
            case "INVALID_ARGUMENT" -> message.contains("token count") && message.contains("exceeds")
                    ? "context_length_exceeded"
                    : null;
            default -> null;
        };
    }

    /** {@code "34s"} or {@code "34.07s"} of RetryInfo, in seconds. */
    private static @Nullable String retryDelay(JsonNode error) {
        for (JsonNode detail : error.path("details")) {
            String delay = detail.path("retryDelay").asText();
            if (delay.endsWith("s")) {
                return delay.substring(0, delay.length() - 1);
            }
        }
        return null;
    }
}
