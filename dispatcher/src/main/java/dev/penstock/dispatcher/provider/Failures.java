package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;

/** What a caller is told when a provider cannot be talked to: a closed list, with nothing of the provider's own words. */
final class Failures {
    /** The provider refuses our key or account, which is the operator's affair. */
    static final ApiError AUTHENTICATION = failure(502, "provider_authentication",
            "The provider does not accept this installation's credentials or account.");
    static final ApiError UNREACHABLE = failure(502, "provider_unreachable", "The provider cannot be reached.");
    static final ApiError CONNECTION_LOST = failure(502, "connection_lost",
            "The provider closed the connection before the answer was complete.");
    static final ApiError MALFORMED = failure(502, "malformed_answer", "The provider's answer cannot be understood.");
    static final ApiError TIMEOUT = failure(504, "timeout", "The provider did not answer in time.");
    static final ApiError OVERLOADED = failure(503, "provider_overloaded", "The provider is overloaded.");
    static final ApiError FAILED = failure(502, "provider_error", "The provider failed.");

    private Failures() {}

    private static ApiError failure(int status, String code, String message) {
        return ApiError.of(status, "server_error", code, message);
    }
}
