package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** A refusal in OpenAI's shape (ErrorResponse in its OpenAPI description). */
record ApiFailure(int status, String type, @Nullable String code, @Nullable String param, String message)
        implements
            Reading {

    static ApiFailure invalid(@Nullable String param, String message) {
        return new ApiFailure(400, "invalid_request_error", null, param, message);
    }

    static ApiFailure ofStatus(int status) {
        return switch (status) {
            case 400 -> invalid(null, "The simulator was asked to refuse this request.");
            case 401 -> new ApiFailure(401, "invalid_request_error", "invalid_api_key", null,
                    "Incorrect API key provided.");
            case 429 ->
                new ApiFailure(429, "requests", "rate_limit_exceeded", null, "Rate limit reached for requests.");
            case 503 -> new ApiFailure(503, "server_error", null, null, "The engine is currently overloaded.");
            default -> new ApiFailure(status, "server_error", null, null,
                    "The server had an error while processing your request.");
        };
    }

    ObjectNode json() {
        var body = JsonNodeFactory.instance.objectNode();
        body.putObject("error").put("message", message).put("type", type).put("param", param).put("code", code);
        return body;
    }
}
