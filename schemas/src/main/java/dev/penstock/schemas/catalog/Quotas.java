package dev.penstock.schemas.catalog;

import java.util.Map;

/**
 * All that limits how much a provider may be asked for.
 *
 * @param whole of the provider; its calls are {@link Provider#maxConcurrentCalls}
 * @param models of single models, by the provider's names for them
 * @param eachKey of each of its API keys
 * @param batchShare percent of the provider's calls that batch requests may have, and of its other quotas what they leave
 *     to interactive ones at any time is the rest
 */
public record Quotas(Quota whole, Map<String, Quota> models, Quota eachKey, int batchShare) {
    public static final int DEFAULT_BATCH_SHARE = 50;
    /** Nothing but the calls. */
    public static final Quotas NONE = new Quotas(Quota.UNLIMITED, Map.of(), Quota.UNLIMITED, DEFAULT_BATCH_SHARE);

    public Quotas {
        models = Map.copyOf(models);
        if (batchShare < 1 || batchShare > 100) {
            throw new IllegalArgumentException("batchShare: " + batchShare + " must be a percentage from 1 to 100");
        }
    }

    int parts() {
        return Math.min(Math.min(whole.parts(), eachKey.parts()),
                models.values().stream().mapToInt(Quota::parts).min().orElse(Integer.MAX_VALUE));
    }
}
