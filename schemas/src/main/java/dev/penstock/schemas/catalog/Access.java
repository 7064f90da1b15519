package dev.penstock.schemas.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant may use.
 *
 * @param models names of routes and models, of which one that ends in {@code *} stands for all that begin like it;
 *     empty: everything
 * @param region its prompts go to providers in this region only; null: to any
 */
public record Access(List<String> models, @Nullable String region) {
    /** Everything, everywhere. */
    public static final Access ALL = new Access(List.of(), null);

    public Access {
        models = List.copyOf(models);
        if (region != null) {
            Checks.notBlank("region", region);
        }
    }

    /** Whether the tenant may ask for this name. */
    public boolean allows(String name) {
        return models.isEmpty() || models.stream().anyMatch(allowed -> allowed.endsWith("*")
                ? name.startsWith(allowed.substring(0, allowed.length() - 1))
                : name.equals(allowed));
    }

    /** Whether its prompts may go to this provider. */
    public boolean allows(Provider provider) {
        return region == null || region.equals(provider.region());
    }
}
