package dev.penstock.ingress.format;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.ingress.admission.ErrorBody;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import java.nio.charset.StandardCharsets;

/** How an API says what the ingress itself has to say: errors, and that a stream is still alive. */
public enum Speech {
    /** OpenAI's APIs, but Responses. */
    OPENAI(Speech.CANONICAL_LIMIT),
    /** OpenAI's Responses, whose streams tell errors in another way. */
    RESPONSES("max_output_tokens"),
    /** Anthropic's Messages. */
    MESSAGES("max_tokens");

    private static final String CANONICAL_LIMIT = "max_completion_tokens";

    private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PING = "event: ping\ndata: {\"type\":\"ping\"}\n\n".getBytes(StandardCharsets.US_ASCII);

    private final String limit;

    /** @param limit what the API calls the limit of the output */
    Speech(String limit) {
        this.limit = limit;
    }

    /** The way of an API. */
    public static Speech of(Format format) {
        return switch (format) {
            case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, MODERATIONS -> OPENAI;
            case RESPONSES -> RESPONSES;
            case MESSAGES -> MESSAGES;
        };
    }

    /** The HTTP status of an error. To Anthropic's clients an overloaded server is 529. */
    public int status(ApiError error) {
        return this == MESSAGES && error.status() == 503 ? 529 : error.status();
    }

    /** The body of an error's response. */
    public byte[] body(ApiError error) {
        ApiError named = named(error);
        return this == MESSAGES ? Trees.bytes(anthropic(named)) : ErrorBody.json(named);
    }

    /**
     * The event that a stream breaks off with. It is named {@code error} in every API: OpenAI's own SDKs look at what is in
     * it, LangChain4j at its name alone, and would take what came before for the whole answer.
     *
     * @param sequence number of the event, in an API whose events are numbered
     */
    public byte[] lastEvent(ApiError canonical, int sequence) {
        ApiError error = named(canonical);
        String data = switch (this) {
            case OPENAI -> new String(ErrorBody.json(error), StandardCharsets.UTF_8);
            case RESPONSES -> JsonNodeFactory.instance.objectNode().put("type", "error")
                    .put("sequence_number", sequence).put("code", error.code()).put("message", error.message())
                    .put("param", error.param()).toString();
            case MESSAGES -> anthropic(error).toString();
        };
        return ("event: error\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /** What keeps a silent connection open. Anthropic's pings come only after its first event. */
    public byte[] keepAlive(boolean answering) {
        return this == MESSAGES && answering ? PING : COMMENT;
    }

    /** An error that speaks of the limit as the caller knows it. */
    private ApiError named(ApiError error) {
        return this == OPENAI
                ? error
                : new ApiError(error.status(), error.type(), error.code(),
                        CANONICAL_LIMIT.equals(error.param()) ? limit : error.param(),
                        error.message().replace(CANONICAL_LIMIT, limit), error.retryAfterSeconds());
    }

    /** See <a href="https://docs.claude.com/en/api/errors">Anthropic's errors</a>. */
    private static ObjectNode anthropic(ApiError error) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("type", "error");
        ObjectNode said = body.putObject("error").put("type", switch (error.status()) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> error.status() < 500 ? "invalid_request_error" : "api_error";
        }).put("message", error.message());
        if (Refusals.THREAD_UNSUPPORTED.equals(error.code())) {
            said.putObject("details").put("error_code", error.code()).putArray("unsupported").add(error.param());
        }
        return body;
    }
}
