package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;

/** What a dialect makes of a request. */
sealed interface Outbound permits OutboundRequest, Outbound.Unsupported {
    /**
     * The provider cannot do what is asked; another one may, so this is no verdict on the request.
     *
     * @param error names the field
     */
    record Unsupported(ApiError error) implements Outbound {
        /** A field, such as {@code messages[0].content[1]}, that this provider has nothing for. */
        static Unsupported field(String param) {
            return new Unsupported(new ApiError(400, "invalid_request_error", "unsupported_parameter", param,
                    "'" + param + "' is not supported by the provider of this model.", null));
        }
    }
}
