package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * DashScope's errors: {@code {"code":"InvalidParameter","message":..,"request_id":..}}. They are put into OpenAI's
 * words, so that there is one place that knows what may be shown.
 *
 * @see <a href="https://www.alibabacloud.com/help/en/model-studio/error-code">Error codes</a>
 */
final class QwenErrors {
    private QwenErrors() {}

    /**
     * An answer with an error's status.
     *
     * @param body null if it is not JSON
     */
    static ApiError ofStatus(int status, ResponseHeaders headers, @Nullable JsonNode body) {
        return OpenAiErrors.ofStatus(status, headers, body == null ? null : canonical(status, body));
    }

    /** An error within an answer that began with 200. */
    static ApiError inAnswer(int status, JsonNode body) {
        return OpenAiErrors.inAnswer(canonical(status, body));
    }

    private static ObjectNode canonical(int status, JsonNode body) {
        String code = body.path("code").asText();
        ObjectNode canonical = JsonNodeFactory.instance.objectNode();
        canonical.putObject("error").put("message", body.path("message").asText()).put("code", switch (code) {
            case "InvalidApiKey" -> "invalid_api_key";
            case "Arrearage" -> "insufficient_quota";
            case "ModelNotFound", "InvalidParameter.Model" -> "model_not_found";
            case "DataInspectionFailed", "data_inspection_failed" -> "content_filter";
            default -> code.isEmpty() ? null : code;
        }).put("status_code", status >= 300 ? status : status(code));
        return canonical;
    }

    private static int status(String code) {
        String kind = code.contains(".") ? code.substring(0, code.indexOf('.')) : code;
        return switch (kind) {
            case "InvalidApiKey" -> 401;
            case "AccessDenied", "Model" -> 403;
            case "ModelNotFound" -> 404;
            case "Throttling", "LimitRequests" -> 429;
            case "InvalidParameter", "InvalidURL", "DataInspectionFailed", "BadRequest", "BadRequestException" -> 400;
            case "RequestTimeOut", "ResponseTimeout" -> 504;
            default -> 500;
        };
    }
}
