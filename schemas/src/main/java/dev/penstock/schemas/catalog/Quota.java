package dev.penstock.schemas.catalog;

import org.jspecify.annotations.Nullable;

/**
 * How much may be asked of a provider, of one of its models or with one of its API keys, over all dispatchers; null
 * where nothing is said.
 *
 * @param calls that may be open at once
 * @param rpm requests a minute
 * @param tpm tokens a minute, of prompts and answers
 */
public record Quota(@Nullable Integer calls, @Nullable Integer rpm, @Nullable Integer tpm) {
    public static final Quota UNLIMITED = new Quota(null, null, null);

    public Quota {
        check("maxConcurrentCalls", calls);
        check("rpm", rpm);
        check("tpm", tpm);
    }

    /** Over how many partitions it can be dealt out so that each carries a call and a request a minute. */
    int parts() {
        return Math.min(calls == null ? Integer.MAX_VALUE : calls, rpm == null ? Integer.MAX_VALUE : rpm);
    }

    private static void check(String name, @Nullable Integer limit) {
        if (limit != null) {
            Checks.positive(name, limit);
        }
    }
}
