package dev.penstock.schemas.bus;

import dev.penstock.schemas.event.Failure;
import dev.penstock.schemas.event.ToldError;
import org.jspecify.annotations.Nullable;

/**
 * A failure as a caller may see it, in OpenAI's terms.
 *
 * @param status HTTP status
 * @param type OpenAI's error type, such as {@code invalid_request_error}
 * @param code OpenAI's error code, or null
 * @param param the field at fault, such as {@code messages[0].content}, or null
 * @param message for a human; safe to show: no prompt, completion, key or host name
 * @param retryAfterSeconds when to come again, or null
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">OpenAI's error codes</a>
 */
public record ApiError(int status, String type, @Nullable String code, @Nullable String param, String message,
        @Nullable Integer retryAfterSeconds) {
    /** An error of a given status, type and code that no field is at fault for. */
    public static ApiError of(int status, String type, @Nullable String code, String message) {
        return new ApiError(status, type, code, null, message, null);
    }

    /** As it stands on the log. */
    public static ApiError of(ToldError told) {
        return new ApiError(told.getStatus(), told.getType(), told.getCode(), told.getParam(), told.getMessage(),
                told.getRetryAfterSeconds());
    }

    /** As it stands in an answer on the log, beside its status. */
    public static ApiError of(int status, Failure failure) {
        return new ApiError(status, failure.getType(), failure.getCode(), failure.getParam(), failure.getMessage(),
                null);
    }

    /** As it is written in an answer on the log, beside its status; when to come again is not. */
    public Failure failure() {
        return new Failure(type, code, param, message);
    }

    /** As it is written on the log. */
    public ToldError told() {
        return new ToldError(status, type, code, param, message, retryAfterSeconds);
    }
}
