package dev.penstock.schemas.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A model as callers name it.
 *
 * @param name what callers say
 * @param provider name of the provider that runs it
 * @param providerModel what that provider calls it
 * @param price null if it is unknown, which is not zero
 * @param maxOutputTokens the most tokens it writes in one answer; null if unknown
 * @param created when it came out, in seconds since 1970, for the list of models; 0 if unknown
 */
public record Model(String name, String provider, String providerModel, @Nullable Price price,
        @Nullable Integer maxOutputTokens, long created) {
    public Model {
        Checks.notBlank("name", name);
        Checks.notBlank("provider", provider);
        Checks.notBlank("providerModel", providerModel);
        if (maxOutputTokens != null) {
            Checks.positive("maxOutputTokens", maxOutputTokens);
        }
    }
}
