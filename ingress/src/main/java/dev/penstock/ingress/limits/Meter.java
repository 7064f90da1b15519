package dev.penstock.ingress.limits;

import dev.penstock.schemas.bus.Traffic.Used;
import dev.penstock.schemas.catalog.RateLimits;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one account, a tenant or a key, has asked for of late: here, and at the other ingresses as far as they have
 * told. A minute's worth may come at once, and what others have taken is taken here too when it is heard of, so the
 * limit holds over all of them, but for what comes within the second that the word takes. Not thread-safe.
 */
final class Meter {
    /** An ingress not heard of for so long has nothing in flight any more. */
    private static final long FRESH_MS = 5_000;

    private final RateLimits limits;
    private final @Nullable TokenBucket requests;
    private final @Nullable TokenBucket tokens;
    private final Map<String, Elsewhere> elsewhere = new HashMap<>();
    private int inFlight;
    private long untoldRequests;
    private long untoldTokens;
    private int toldInFlight;

    private record Elsewhere(int inFlight, long at) {}

    Meter(RateLimits limits, long now) {
        this.limits = limits;
        this.requests = bucket(limits.requestsPerMinute(), now);
        this.tokens = bucket(limits.tokensPerMinute(), now);
    }

    private static @Nullable TokenBucket bucket(@Nullable Long perMinute, long now) {
        return perMinute == null ? null : new TokenBucket(perMinute, perMinute, now);
    }

    /** Which limit does not let a request in, or null. */
    @Nullable
    Refusal against(long wanted, long now) {
        if (limits.inFlight() != null && inFlight(now) >= limits.inFlight()) {
            return new Refusal(Refusal.Kind.IN_FLIGHT, limits.inFlight(), limits.inFlight(), 1, 1_000);
        }
        if (requests != null && limits.requestsPerMinute() != null && requests.millisUntil(1, now) > 0) {
            return refusal(Refusal.Kind.REQUESTS, requests, limits.requestsPerMinute(), 1, now);
        }
        if (tokens != null && limits.tokensPerMinute() != null && tokens.millisUntil(wanted, now) > 0) {
            return refusal(Refusal.Kind.TOKENS, tokens, limits.tokensPerMinute(), wanted, now);
        }
        return null;
    }

    private static Refusal refusal(Refusal.Kind kind, TokenBucket bucket, long limit, long wanted, long now) {
        return new Refusal(kind, limit, Math.max(0, limit - bucket.available(now)), wanted,
                bucket.millisUntil(wanted, now));
    }

    /** Lets a request in. */
    void take(long wanted, long now) {
        inFlight++;
        untoldRequests++;
        untoldTokens += wanted;
        takeFromBuckets(1, wanted, now);
    }

    /** A request that was let in is over. */
    void over() {
        inFlight--;
    }

    /** What there is to tell the other ingresses; null if that is nothing. */
    @Nullable
    Used tell(String account) {
        if (untoldRequests == 0 && inFlight == 0 && toldInFlight == 0) {
            return null;
        }
        toldInFlight = inFlight;
        var used = new Used(account, untoldRequests, untoldTokens, inFlight);
        untoldRequests = 0;
        untoldTokens = 0;
        return used;
    }

    /** Another ingress has told. */
    void heard(String ingress, Used used, long now) {
        takeFromBuckets(used.requests(), used.tokens(), now);
        elsewhere.put(ingress, new Elsewhere(used.inFlight(), now));
    }

    /** What is left of the requests of a minute; null if there is no limit. */
    @Nullable
    Standing requests(long now) {
        return requests == null || limits.requestsPerMinute() == null
                ? null
                : standing(requests, limits.requestsPerMinute(), now);
    }

    /** What is left of the tokens of a minute; null if there is no limit. */
    @Nullable
    Standing tokens(long now) {
        return tokens == null || limits.tokensPerMinute() == null
                ? null
                : standing(tokens, limits.tokensPerMinute(), now);
    }

    private static Standing standing(TokenBucket bucket, long limit, long now) {
        return new Standing(limit, Math.max(0, bucket.available(now)), bucket.millisUntilFull(now));
    }

    private void takeFromBuckets(long someRequests, long someTokens, long now) {
        if (requests != null) {
            requests.take(someRequests, now);
        }
        if (tokens != null) {
            tokens.take(someTokens, now);
        }
    }

    private int inFlight(long now) {
        elsewhere.values().removeIf(told -> now - told.at() > FRESH_MS);
        return inFlight + elsewhere.values().stream().mapToInt(Elsewhere::inFlight).sum();
    }
}
