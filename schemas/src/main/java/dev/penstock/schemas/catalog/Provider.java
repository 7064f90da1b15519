package dev.penstock.schemas.catalog;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who runs models.
 *
 * @param name unique, {@code [a-z0-9-]}; part of the names of its topics
 * @param kind the dialect it speaks
 * @param baseUrl http, https or h2c, which is HTTP/2 without TLS; what the paths of its dialect are appended to
 * @param apiKey null where none is needed
 * @param maxConcurrentCalls how many calls it takes at once, over all dispatchers
 * @param timeouts how long to wait for it
 * @param furtherKeys used in turn with the first, and instead of it where it is refused
 * @param quotas what limits it beside the calls
 * @param region where it keeps what it is sent, in whatever words the settings have for that; null if unknown
 * @param batchApi whether lines of batches go to its own batch API where that is cheaper
 */
public record Provider(String name, ProviderKind kind, URI baseUrl, @Nullable Secret apiKey, int maxConcurrentCalls,
        Timeouts timeouts, List<Secret> furtherKeys, Quotas quotas, @Nullable String region, boolean batchApi) {
    public Provider {
        furtherKeys = List.copyOf(furtherKeys);
        Checks.name("name", name);
        if (!Set.of("http", "https", "h2c").contains(String.valueOf(baseUrl.getScheme()))
                || baseUrl.getHost() == null) {
            throw new IllegalArgumentException("baseUrl: " + baseUrl + " must be an absolute http, https or h2c URL");
        }
        Checks.positive("maxConcurrentCalls", maxConcurrentCalls);
        if (batchApi && !kind.hasBatchApi()) {
            throw new IllegalArgumentException("batchApi: Penstock knows of none of kind " + kind);
        }
    }

    /** One whose region is unknown, with whose batch API Penstock has nothing to do. */
    public Provider(String name, ProviderKind kind, URI baseUrl, @Nullable Secret apiKey, int maxConcurrentCalls,
            Timeouts timeouts, List<Secret> furtherKeys, Quotas quotas) {
        this(name, kind, baseUrl, apiKey, maxConcurrentCalls, timeouts, furtherKeys, quotas, null, false);
    }

    /** One with a single key, or none, that nothing but its calls limits. */
    public Provider(String name, ProviderKind kind, URI baseUrl, @Nullable Secret apiKey, int maxConcurrentCalls,
            Timeouts timeouts) {
        this(name, kind, baseUrl, apiKey, maxConcurrentCalls, timeouts, List.of(), Quotas.NONE);
    }

    /** All of its keys; empty where none is needed. */
    public List<Secret> apiKeys() {
        var all = new ArrayList<Secret>();
        if (apiKey != null) {
            all.add(apiKey);
        }
        all.addAll(furtherKeys);
        return all;
    }

    /** The same with this as its only key. */
    public Provider withKey(Secret key) {
        return new Provider(name, kind, baseUrl, key, maxConcurrentCalls, timeouts, List.of(), quotas, region,
                batchApi);
    }

    /** How many partitions a queue of it may have at most: every one is to carry a part of each quota. */
    public int mostPartitions() {
        return Math.min(maxConcurrentCalls, quotas.parts());
    }

    /**
     * How long to wait for a provider.
     *
     * @param connect for a connection
     * @param firstByte from sending the request to the first byte of the answer; long for models that think
     * @param idle between two pieces of an answer
     */
    public record Timeouts(Duration connect, Duration firstByte, Duration idle) {
        public static final Timeouts DEFAULT = new Timeouts(Duration.ofSeconds(5), Duration.ofMinutes(5),
                Duration.ofMinutes(1));

        public Timeouts {
            Checks.positive("connect", connect);
            Checks.positive("firstByte", firstByte);
            Checks.positive("idle", idle);
        }
    }
}
