package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads Bedrock's errors: {@code {"message"}}, and which it is in the header {@code x-amzn-errortype} up to its colon, or
 * in the type of a stream's exception. Only a refusal of the request itself keeps the provider's words.
 *
 * @see <a href="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html">Errors</a>
 */
final class BedrockErrors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private BedrockErrors() {}

    /**
     * An answer with an error's status.
     *
     * @param body null if it is not JSON
     */
    static ApiError ofStatus(int status, ResponseHeaders headers, @Nullable JsonNode body) {
        String type = headers.get("x-amzn-errortype");
        if (type == null) {
            type = body == null ? "" : body.path("__type").asText("").replaceFirst("^.*#", "");
        }
        if (body == null && type.isEmpty()) {
            return OpenAiErrors.ofStatus(status, headers, null);
        }
        // The service writes the field small, its front end large.
        String message = body == null ? "" : body.path("message").asText(body.path("Message").asText(""));
        return of(status, headers, type.replaceFirst(":.*$", ""), message);
    }

    /** An exception within a stream that began with 200. */
    static ApiError inAnswer(String type, byte[] payload) {
        String message = "";
        try {
            message = JSON.readTree(payload).path("message").asText("");
        } catch (IOException _) {
            // The type says enough.
        }
        int status = switch (type.toLowerCase(Locale.ROOT)) {
            case "validationexception" -> 400;
            case "throttlingexception" -> 429;
            case "serviceunavailableexception" -> 503;
            case "modeltimeoutexception" -> 408;
            default -> 500;
        };
        return of(status, _ -> null, type, message);
    }

    private static ApiError of(int status, ResponseHeaders headers, String type, String message) {
        String text = message.toLowerCase(Locale.ROOT);
        return switch (type) {
            case "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException",
                    "InvalidSignatureException", "IncompleteSignatureException",
                    "MissingAuthenticationTokenException" ->
                Failures.AUTHENTICATION;
            case "ModelNotReadyException", "ThrottlingException", "ServiceQuotaExceededException" ->
                OpenAiErrors.busy(429, headers);
            case "ModelErrorException" -> Failures.FAILED;
            default -> {
                if (status == 401 || status == 403) {
                    yield Failures.AUTHENTICATION;
                }
                if (status < 400 || status >= 500 || status == 408 || status == 424 || status == 429) {
                    yield OpenAiErrors.busy(status, headers);
                }
                yield new ApiError(status, "invalid_request_error", code(status, text), null,
                        message.isEmpty()
                                ? "The provider refused the request."
                                : OpenAiErrors.withoutAccounts(message),
                        null);
            }
        };
    }

    private static @Nullable String code(int status, String text) {
        if (status == 404 || text.contains("model identifier is invalid")) {
            return "model_not_found";
        }
        return OpenAiErrors.isTooLong(text) ? "context_length_exceeded" : null;
    }
}
