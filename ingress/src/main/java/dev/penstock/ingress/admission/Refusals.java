package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Allowance;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * The errors that an ingress may show beside those of a body and those that come from a provider. OpenAI's wording
 * where there is one.
 */
public final class Refusals {
    /** The code of the error for {@code thread}. */
    public static final String THREAD_UNSUPPORTED = "thread_unsupported_request";

    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";

    private Refusals() {}

    /** The key is nobody's. It is not shown, unlike OpenAI does: it may be a live one with a slip of the pen. */
    public static ApiError invalidApiKey() {
        return ApiError.of(401, INVALID, "invalid_api_key", "Incorrect API key provided.");
    }

    /** The key is a tenant's, and what was asked for is for administrators. */
    public static ApiError adminKeyNeeded() {
        return ApiError.of(403, INVALID, "insufficient_permissions",
                "You have insufficient permissions for this operation. It takes an administrator's key.");
    }

    /** There is no such account. */
    public static ApiError accountNotFound(String account) {
        return ApiError.of(404, INVALID, "account_not_found",
                "There is no account '" + Violations.shown(account) + "' in the settings.");
    }

    /** There is no bearer key. */
    public static ApiError missingApiKey() {
        return new ApiError(401, INVALID, null, null, "You didn't provide an API key. You need to provide your API key"
                + " in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).", null);
    }

    /** The catalog has no such model. */
    public static ApiError modelNotFound(String model) {
        return ApiError.of(404, INVALID, "model_not_found",
                "The model `" + Violations.shown(model) + "` does not exist or you do not have access to it.");
    }

    /** No model behind this name can do what the request needs. */
    public static ApiError notCapable(String parameter, String model, String what) {
        return new ApiError(400, INVALID, "unsupported_value", parameter, "Invalid '" + parameter + "': the model `"
                + Violations.shown(model) + "` does not support " + what + ".", null);
    }

    /** No provider behind this name is where the tenant's prompts may go. */
    public static ApiError regionNotAllowed(String model) {
        return ApiError.of(403, INVALID, "region_not_allowed", "No provider of the model `" + Violations.shown(model)
                + "` is in the region that your organization's data may go to.");
    }

    /** The tenant or key has asked for enough; OpenAI's wording. */
    public static ApiError rateLimited(String what, String unit, long limit, long used, long wanted,
            long retryAfterMs) {
        return new ApiError(429, what, "rate_limit_exceeded", null, "Rate limit reached on " + unit + ": Limit " + limit
                + ", Used " + used + ", Requested " + wanted + ". Please try again in "
                + Math.ceilDiv(retryAfterMs, 1_000)
                + "s.", (int) Math.min(Integer.MAX_VALUE, Math.max(1, Math.ceilDiv(retryAfterMs, 1_000))));
    }

    /** The model's provider has no such API. */
    public static ApiError notOffered(String model) {
        return ApiError.of(404, INVALID, "model_not_found",
                "The provider of the model `" + Violations.shown(model) + "` does not offer this API.");
    }

    /** What a response is to be continued from is not kept here. */
    public static ApiError previousResponseNotFound(String id) {
        return new ApiError(400, INVALID, "previous_response_not_found", "previous_response_id",
                "Previous response with id '" + Violations.shown(id) + "' not found. Only a response that was created"
                        + " with 'store' and is completed can be gone on from.",
                null);
    }

    /** The tenant has no such answer, or has none any more. */
    public static ApiError answerNotFound(String kind, String id) {
        return ApiError.of(404, INVALID, null, kind + " with id '" + Violations.shown(id) + "' not found.");
    }

    /** An answer that was not asked for as a stream has no events. */
    public static ApiError notStreamed() {
        return new ApiError(400, INVALID, "invalid_value", "stream",
                "This answer cannot be streamed because it was not created with 'stream'.", null);
    }

    /** An answer that somebody waits for is cancelled by going away. */
    public static ApiError notInBackground() {
        return ApiError.of(400, INVALID, "response_not_cancellable",
                "Only a response that was created with 'background' can be cancelled.");
    }

    /** The answer was cancelled before it was complete. */
    public static ApiError cancelled() {
        return ApiError.of(409, INVALID, "cancelled", "The request was cancelled.");
    }

    /** A parameter of the API asks for what is not done here. */
    public static ApiError unsupported(String parameter, String what) {
        return new ApiError(400, INVALID, "unsupported_parameter", parameter,
                "Unsupported parameter: '" + parameter + "': " + what + ".", null);
    }

    /** Anthropic's message threads are not kept here. By this code its SDKs know to send the whole conversation instead. */
    public static ApiError threadUnsupported() {
        return new ApiError(400, INVALID, THREAD_UNSUPPORTED, "thread",
                "Message threads are not kept here: send the whole conversation in 'messages', without 'thread'.",
                null);
    }

    /** The body is larger than {@code limit} bytes. */
    public static ApiError bodyTooLarge(long limit) {
        return ApiError.of(413, INVALID, "request_too_large", "Maximum content size limit (" + limit + ") exceeded.");
    }

    /** There is nothing at this path. */
    public static ApiError unknownUrl(String method, String path) {
        return ApiError.of(404, INVALID, "unknown_url",
                "Invalid URL (" + Violations.shown(method) + " " + Violations.shown(path) + ")");
    }

    /** There is something at this path, but not for this method. */
    public static ApiError methodNotAllowed(String method, String path) {
        return ApiError.of(405, INVALID, "method_not_supported",
                "Not allowed to " + Violations.shown(method) + " on " + Violations.shown(path)
                        + ". (HINT: Perhaps you meant to use a different HTTP method?)");
    }

    /** The body is said to be something else than JSON. */
    public static ApiError unsupportedMediaType() {
        return ApiError.of(415, INVALID, "unsupported_content_type",
                "Unsupported content type. This API method only accepts 'application/json' requests.");
    }

    /** A parameter of the query breaks a rule. */
    public static ApiError invalidParameter(String name, String rule) {
        return new ApiError(400, INVALID, "invalid_value", name, "Invalid '" + name + "': it " + rule + ".", null);
    }

    /** The tenant has no such object; OpenAI says it so of files, batches and the like. */
    public static ApiError noSuchObject(String kind, String id) {
        return new ApiError(404, INVALID, null, "id", "No such " + kind + " object: " + Violations.shown(id), null);
    }

    /** The tenant's files take up all the room it has. */
    public static ApiError storageFull(long limit) {
        return ApiError.of(400, INVALID, "storage_limit_exceeded", "The files of your organization would take up more"
                + " than the " + limit + " bytes it may have. Delete files that are not needed any more.");
    }

    /** Too large a file for what it is for. */
    public static ApiError fileTooLarge(long limit) {
        return new ApiError(413, INVALID, "file_too_large", "file",
                "The file is larger than the maximum of " + limit + " bytes.", null);
    }

    /** A range of bytes that a file does not have. */
    public static ApiError rangeNotSatisfiable() {
        return ApiError.of(416, INVALID, "range_not_satisfiable", "The file has no such bytes as 'Range' asks for.");
    }

    /** A batch that is at its end, or will be in a moment. */
    public static ApiError cannotCancel(String status) {
        return ApiError.of(409, INVALID, "batch_not_cancellable",
                "Cannot cancel a batch with status '" + status.toLowerCase(Locale.ROOT) + "'.");
    }

    /** The key belongs to another request of the same day. */
    public static ApiError idempotencyKeyReused() {
        return new ApiError(409, INVALID, "idempotency_key_reused", "Idempotency-Key",
                "Keys for idempotent requests can"
                        + " only be used with the same API and body they were first used with. Use another key.",
                null);
    }

    /** A tenant's keys of a day take up memory. */
    public static ApiError tooManyIdempotencyKeys(int limit) {
        return new ApiError(429, "requests", "rate_limit_exceeded", "Idempotency-Key",
                "Your organization has used " + limit + " idempotency keys within 24 hours, which is the most.", 60);
    }

    /** There are enough readers of usage. */
    public static ApiError tooManyStreams() {
        return new ApiError(429, "requests", "rate_limit_exceeded", null,
                "Too many usage streams are open on this server.", 5);
    }

    /** Kafka does not acknowledge; nothing was accepted, so the same request may be sent again. */
    public static ApiError logUnavailable(int retryAfterSeconds) {
        return new ApiError(503, SERVER, "service_unavailable", null,
                "The server cannot accept requests at the moment. Please try again.", retryAfterSeconds);
    }

    /** No answer had begun when the request's time was up. */
    public static ApiError deadlinePassed() {
        return ApiError.of(504, SERVER, "deadline_exceeded", "The request was not answered before its deadline.");
    }

    /** Who was answering has gone, or part of what it sent has. */
    public static ApiError workerLost() {
        return ApiError.of(502, SERVER, "worker_lost", "The answer to this request was lost on its way.");
    }

    /** A fault of ours; the request's id leads to it in the logs. */
    public static ApiError internal(String requestId) {
        return new ApiError(500, SERVER, null, null,
                "The server had an error while processing your request " + requestId + ". Sorry about that!", null);
    }

    /** This ingress is being stopped; another, or this one after its restart, will take the request. */
    public static ApiError shuttingDown() {
        return new ApiError(503, "server_error", "shutting_down", null,
                "The server is being restarted. Please try again.", 1);
    }

    /** Kafka or metering does not answer, so it is not known whether the budget allows the request. */
    public static ApiError ledgerUnavailable() {
        return new ApiError(503, SERVER, "ledger_unavailable", null,
                "The budget of this account cannot be checked at the moment. Please try again.", 1);
    }

    /** Under a hard cap nothing may be called whose price is not known. */
    public static ApiError priceUnknown(String model) {
        return ApiError.of(400, INVALID, "price_unknown", "The model `" + Violations.shown(model)
                + "` has no known price, so it cannot be used by an account with a hard budget.");
    }

    /** Under a hard cap a request has to say how much may be written, where the model does not. */
    public static ApiError outputUnbounded(String model) {
        return new ApiError(400, INVALID, "output_unbounded", "max_completion_tokens", "The model `"
                + Violations.shown(model) + "` has no known limit of output, so an account with a hard budget has to"
                + " give 'max_completion_tokens'.", null);
    }

    /** Under a hard cap nothing may be asked for whose cost cannot be told before. */
    public static ApiError costUnforeseeable(String parameter, String model) {
        String remedy = parameter.equals("messages")
                ? "images, recordings and files need 'maxMediaTokens' or 'maxInputTokens' in the settings of model `"
                        + Violations.shown(model) + "`"
                : "it is not paid for by tokens of text alone";
        return new ApiError(400, INVALID, "cost_unbounded", parameter, "Invalid '" + parameter
                + "': what it costs at most is not known, so an account with a hard budget cannot use it; " + remedy
                + ".", null);
    }

    /**
     * An account's cap does not allow the request.
     *
     * @param why the ledger's answer
     * @param hold what the request would have to be held for, in nano-US-dollars
     * @param tokens how many output tokens there is room for
     * @param reset when the period ends
     */
    public static ApiError capReached(Allowance why, long hold, long tokens, Instant reset, Instant now) {
        Long cap = why.getCap();
        String period = switch (why.getPeriod()) {
            case DAY -> "daily";
            case WEEK -> "weekly";
            case MONTH -> "monthly";
        };
        String lower = tokens > 0
                ? "Lower 'max_completion_tokens' to at most " + tokens + ", or wait until "
                : "Wait until ";
        return new ApiError(429, "insufficient_quota", "insufficient_quota", null,
                "You exceeded the " + period + " budget of account '" + why.getAccount() + "': the cap is "
                        + dollars(cap == null ? 0 : cap) + ", " + dollars(why.getSettled()) + " is spent, "
                        + dollars(Math.max(0, why.getRoom()))
                        + " is neither spent nor held by requests that run, and this"
                        + " request may cost up to " + dollars(hold) + ". " + lower + reset + ".",
                (int) Math.min(Integer.MAX_VALUE, Math.max(1, now.until(reset, ChronoUnit.SECONDS) + 1)));
    }

    private static String dollars(long nano) {
        return "$" + BigDecimal.valueOf(nano, 9).stripTrailingZeros().toPlainString();
    }
}
