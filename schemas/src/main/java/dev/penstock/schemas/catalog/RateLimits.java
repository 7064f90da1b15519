package dev.penstock.schemas.catalog;

import org.jspecify.annotations.Nullable;

/**
 * How much a tenant or key may ask for, over all ingresses together; null where there is no limit of its own.
 *
 * @param requestsPerMinute requests that are taken on
 * @param tokensPerMinute of their prompts, by estimate, and of the answers that they allow for
 * @param inFlight requests that wait or are being answered
 */
public record RateLimits(@Nullable Long requestsPerMinute, @Nullable Long tokensPerMinute,
        @Nullable Integer inFlight) {
    /** No limit. */
    public static final RateLimits NONE = new RateLimits(null, null, null);
    /** What a tenant has where the settings do not say: so much that only a mistake gets there. */
    public static final RateLimits GENEROUS = new RateLimits(1_000_000L, 1_000_000_000L, 50_000);

    public RateLimits {
        check("requestsPerMinute", requestsPerMinute);
        check("tokensPerMinute", tokensPerMinute);
        if (inFlight != null) {
            Checks.positive("inFlight", inFlight);
        }
    }

    private static void check(String name, @Nullable Long limit) {
        if (limit != null) {
            Checks.positive(name, limit);
        }
    }
}
