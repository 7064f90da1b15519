package dev.penstock.dispatcher.policy;

import org.jspecify.annotations.Nullable;

/** What a provider's answer says is left of its quotas; null where it says nothing. */
public record Headroom(@Nullable Left requests, @Nullable Left tokens) {
    /** It says nothing. */
    public static final Headroom UNKNOWN = new Headroom(null, null);

    /**
     * What is left.
     *
     * @param amount requests or tokens
     * @param resetNanos until there is more
     */
    public record Left(long amount, long resetNanos) {}
}
