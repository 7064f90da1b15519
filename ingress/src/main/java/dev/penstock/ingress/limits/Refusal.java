package dev.penstock.ingress.limits;

/**
 * Why a request is not let in now.
 *
 * @param limit of the account
 * @param used of it
 * @param wanted by the request
 * @param retryAfterMs when it would be let in, if nothing else comes
 */
public record Refusal(Kind kind, long limit, long used, long wanted, long retryAfterMs) {
    /** What there is too much of. */
    public enum Kind {
        REQUESTS, TOKENS, IN_FLIGHT
    }
}
