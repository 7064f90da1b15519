package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.bus.ApiError;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the errors of everybody who speaks OpenAI's dialect. The shapes: {@code {"error":{...}}} (most), a string in
 * {@code error} (xAI), {@code detail} as text or list and a flat object (Mistral), an upstream's error within
 * {@code metadata.raw} (OpenRouter), an error within the first choice (OpenRouter). Only a refusal of the request itself
 * keeps the provider's words, rid of what they tell of the operator's account.
 */
final class OpenAiErrors {
    private static final Pattern ACCOUNT = Pattern.compile(
            "\\b(?:(?:org|proj|user|team|acct|account|workspace|req)[-_]|sk-|gsk_|xai-)[A-Za-z0-9_*-]{6,}"
                    + "|\\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b");
    private static final List<String> TOO_LONG = List.of("maximum context length", "context window",
            "prompt is too long", "input is too long",
            "too many tokens");

    private OpenAiErrors() {}

    /**
     * An answer with an error's status.
     *
     * @param body null if it is not a JSON object
     */
    static ApiError ofStatus(int status, ResponseHeaders headers, @Nullable JsonNode body) {
        if (body == null && status >= 400 && status < 500 && status != 429) {
            // Not a word of the dialect: a wrong base URL or a proxy in between, never the caller's doing.
            return status == 401 || status == 402 || status == 403 ? Failures.AUTHENTICATION : timeoutOr(status);
        }
        return of(status, headers, Said.in(body));
    }

    /** An error within an answer that began with 200. */
    static ApiError inAnswer(JsonNode body) {
        JsonNode choice = body.path("choices").path(0);
        Said said = Said.in(body.hasNonNull("error") || !choice.hasNonNull("error") ? body : choice);
        return of(said.statusInAnswer(), _ -> null, said);
    }

    private static ApiError of(int status, ResponseHeaders headers, Said said) {
        if (isOurAffair(status, said)) {
            return Failures.AUTHENTICATION;
        }
        Integer retryAfter = RetryAfter.seconds(headers, said.message);
        if (status == 429) {
            return rateLimited(said.type.isEmpty() ? "requests" : said.type, retryAfter);
        }
        if (status < 400 || status >= 500 || status == 408 || status == 498) {
            return withRetryAfter(timeoutOr(status), retryAfter);
        }
        return new ApiError(status, said.type.isEmpty() ? "invalid_request_error" : said.type, said.canonicalCode(),
                said.param, said.message.isEmpty() ? "The provider refused the request." : said.message, null);
    }

    /** Whether the provider objects to our key or account: 401, 402, 403; xAI's 400; OpenAI's 429 for want of money. */
    private static boolean isOurAffair(int status, Said said) {
        return status == 401 || status == 402 || status == 403 && !said.moderated
                || said.code.equals("invalid_api_key") || said.code.equals("insufficient_quota")
                || said.type.equals("insufficient_quota") || said.message.startsWith("Incorrect API key");
    }

    /** What the status of a provider that cannot answer now means, in whatever dialect. */
    static ApiError busy(int status, ResponseHeaders headers) {
        Integer retryAfter = RetryAfter.seconds(headers, "");
        return status == 429 ? rateLimited("requests", retryAfter) : withRetryAfter(timeoutOr(status), retryAfter);
    }

    private static ApiError rateLimited(String type, @Nullable Integer retryAfter) {
        return new ApiError(429, type, "rate_limit_exceeded", null, "The provider's rate limit is reached.",
                retryAfter);
    }

    /** A provider's words, rid of what they tell of the operator's account. */
    static String withoutAccounts(String message) {
        return ACCOUNT.matcher(message).replaceAll("[removed]");
    }

    /** Whether a message, in small letters, says that the prompt is longer than the model can read. */
    static boolean isTooLong(String message) {
        return TOO_LONG.stream().anyMatch(message::contains);
    }

    private static ApiError timeoutOr(int status) {
        return switch (status) {
            case 408, 504 -> Failures.TIMEOUT;
            case 498, 503, 529 -> Failures.OVERLOADED;
            default -> Failures.FAILED;
        };
    }

    private static ApiError withRetryAfter(ApiError error, @Nullable Integer seconds) {
        return new ApiError(error.status(), error.type(), error.code(), error.param(), error.message(), seconds);
    }

    /** What an error says; texts are empty where it says nothing. */
    private record Said(String message, String type, String code, @Nullable String param, int explicitStatus,
            boolean moderated) {
        static Said in(@Nullable JsonNode body) {
            if (body == null) {
                return new Said("", "", "", null, 0, false);
            }
            JsonNode error = body.path("error").isObject() ? body.path("error") : body;
            JsonNode detail = body.path("detail");
            String message = firstText(error.path("metadata").path("raw"), error.path("message"), error.path("error"),
                    detail, detail.path(0).path("msg"));
            String param = firstText(error.path("param"));
            int status = error.path("status_code").asInt(error.path("code").asInt(body.path("status").asInt()));
            return new Said(withoutAccounts(message), firstText(error.path("type")),
                    error.path("code").asText(""), param.isEmpty() ? null : param, status,
                    error.path("metadata").has("reasons"));
        }

        int statusInAnswer() {
            if (explicitStatus >= 400 && explicitStatus < 600) {
                return explicitStatus;
            }
            String kind = type + " " + code;
            return kind.contains("invalid_request") ? 400 : kind.contains("rate_limit") ? 429 : 502;
        }

        @Nullable
        String canonicalCode() {
            String text = message.toLowerCase(Locale.ROOT);
            boolean named = !code.isEmpty() && !code.matches("\\d+");
            if (!named && isTooLong(text)) {
                return "context_length_exceeded";
            }
            return code.isEmpty() || code.equals("null") ? null : code;
        }

        private static String firstText(JsonNode... nodes) {
            for (JsonNode node : nodes) {
                if (node.isTextual() && !node.asText().isEmpty()) {
                    return node.asText();
                }
            }
            return "";
        }
    }
}
