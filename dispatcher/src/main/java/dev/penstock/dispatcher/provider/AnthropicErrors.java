package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the errors of Anthropic's Messages API: {@code {"type":"error","error":{"type","message"},"request_id"}}. Only a
 * refusal of the request itself keeps the provider's words.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/errors">Errors</a>
 */
final class AnthropicErrors {
    private AnthropicErrors() {}

    /**
     * An answer with an error's status.
     *
     * @param body null if it is not JSON
     */
    static ApiError ofStatus(int status, ResponseHeaders headers, @Nullable JsonNode body) {
        JsonNode error = body == null ? null : body.path("error");
        return error == null || !error.path("type").isTextual()
                ? OpenAiErrors.ofStatus(status, headers, body instanceof ObjectNode ? body : null)
                : of(status, headers, error.path("type").asText(""), error.path("message").asText(""));
    }

    /** The {@code error} of an answer that began with 200. */
    static ApiError inAnswer(@Nullable JsonNode error) {
        String type = error == null ? "" : error.path("type").asText("");
        int status = switch (type) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            default -> 500;
        };
        return of(status, _ -> null, type, error == null ? "" : error.path("message").asText(""));
    }

    private static ApiError of(int status, ResponseHeaders headers, String type, String message) {
        String text = message.toLowerCase(Locale.ROOT);
        boolean ours = switch (type) {
            case "authentication_error", "billing_error", "permission_error" -> true;
            default -> text.contains("credit balance is too low");
        };
        if (ours) {
            return Failures.AUTHENTICATION;
        }
        if (status < 400 || status >= 500 || status == 408 || status == 429) {
            return OpenAiErrors.busy(status, headers);
        }
        return new ApiError(status, "invalid_request_error", code(status, type, text), null,
                message.isEmpty() ? "The provider refused the request." : OpenAiErrors.withoutAccounts(message), null);
    }

    private static @Nullable String code(int status, String type, String text) {
        if (type.equals("not_found_error") && text.startsWith("model:")) {
            return "model_not_found";
        }
        if (OpenAiErrors.isTooLong(text)) {
            return "context_length_exceeded";
        }
        return status == 413 ? "request_too_large" : null;
    }
}
