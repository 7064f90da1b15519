package dev.penstock.schemas.catalog;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model as callers name it.
 *
 * @param name what callers say
 * @param provider name of the provider that runs it
 * @param providerModel what that provider calls it
 * @param price null if it is unknown, which is not zero
 * @param limits how much it takes in and gives out
 * @param created when it came out, in seconds since 1970, for the list of models; 0 if unknown
 * @param capabilities all that it can do beside text; null if that is unknown, and then it is asked for anything
 */
public record Model(String name, String provider, String providerModel, @Nullable Price price,
        Limits limits, long created, @Nullable Set<Capability> capabilities) {
    public Model {
        Checks.notBlank("name", name);
        Checks.notBlank("provider", provider);
        Checks.notBlank("providerModel", providerModel);
        capabilities = capabilities == null ? null : Set.copyOf(capabilities);
    }

    /** A model whose capabilities are unknown. */
    public Model(String name, String provider, String providerModel, @Nullable Price price, Limits limits,
            long created) {
        this(name, provider, providerModel, price, limits, created, null);
    }
}
