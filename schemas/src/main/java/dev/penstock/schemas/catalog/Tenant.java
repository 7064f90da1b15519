package dev.penstock.schemas.catalog;

import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who uses the installation and pays for it.
 *
 * @param name unique, {@code [a-z0-9-]}
 * @param keys the API keys it may call with
 * @param weight its share of a worker against other tenants' when both have work waiting
 * @param zone where its billing day begins
 * @param cap what it may spend, unless another was set at run time
 * @param maxOutputTokens the most tokens of an answer where the request does not say; null: as many as the model writes
 * @param limits how much it may ask for
 * @param access what it may use
 */
public record Tenant(String name, List<Key> keys, int weight, ZoneId zone, Cap cap,
        @Nullable Integer maxOutputTokens, RateLimits limits, Access access) {
    public Tenant {
        Checks.name("name", name);
        keys = List.copyOf(keys);
        Checks.positive("weight", weight);
        if (maxOutputTokens != null) {
            Checks.positive("maxOutputTokens", maxOutputTokens);
        }
    }

    /** A tenant that may use everything, as much as it likes. */
    public Tenant(String name, List<Key> keys, int weight, ZoneId zone, Cap cap, @Nullable Integer maxOutputTokens) {
        this(name, keys, weight, zone, cap, maxOutputTokens, RateLimits.GENEROUS, Access.ALL);
    }

    /** The same with one key more. */
    public Tenant with(Key key) {
        return new Tenant(name, Stream.concat(keys.stream(), Stream.of(key)).toList(), weight, zone, cap,
                maxOutputTokens, limits, access);
    }

    /**
     * An API key, known by its hash only.
     *
     * @param id what events call it
     * @param sha256 SHA-256 of the key, in lower-case hexadecimal
     * @param cap what may be spent with it, unless another was set at run time
     * @param limits how much may be asked for with it, within what its tenant may
     */
    public record Key(String id, String sha256, Cap cap, RateLimits limits) {
        public Key {
            Checks.name("id", id);
            if (!sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("sha256: must be 64 lower-case hexadecimal digits");
            }
        }

        /** A key without limits of its own. */
        public Key(String id, String sha256, Cap cap) {
            this(id, sha256, cap, RateLimits.NONE);
        }
    }
}
