package dev.penstock.schemas.catalog;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that an installation knows of its providers, models and tenants. Immutable; read by any thread.
 *
 * @param version stamped on every price that comes from here
 * @param providers by name
 * @param models by the name that callers use
 * @param tenants by name
 * @param routes by the name that callers use, which may be a model's too
 */
public record Catalog(String version, Map<String, Provider> providers, Map<String, Model> models,
        Map<String, Tenant> tenants, Map<String, Route> routes) {
    public Catalog {
        providers = Map.copyOf(providers);
        models = Map.copyOf(models);
        tenants = Map.copyOf(tenants);
        routes = Map.copyOf(routes);
        for (Model model : models.values()) {
            if (!providers.containsKey(model.provider())) {
                throw new IllegalArgumentException(
                        "models." + model.name() + ".provider: there is no provider '" + model.provider() + "'");
            }
        }
        for (Route route : routes.values()) {
            check(route, models, providers, tenants);
        }
        var owners = new HashMap<String, String>();
        for (Tenant tenant : tenants.values()) {
            for (Tenant.Key key : tenant.keys()) {
                String owner = owners.putIfAbsent(key.sha256(), tenant.name());
                if (owner != null) {
                    throw new IllegalArgumentException("tenants." + tenant.name() + ".keys." + key.id()
                            + ": the same key is one of tenant '" + owner + "'");
                }
            }
        }
    }

    /** A catalog of these providers, models and tenants; throws {@link IllegalArgumentException} where they do not fit together. */
    public static Catalog of(String version, List<Provider> providers, List<Model> models, List<Tenant> tenants,
            List<Route> routes) {
        return new Catalog(version, byName(providers, Provider::name), byName(models, Model::name),
                byName(tenants, Tenant::name), byName(routes, Route::name));
    }

    /** A catalog without routes. */
    public static Catalog of(String version, List<Provider> providers, List<Model> models, List<Tenant> tenants) {
        return of(version, providers, models, tenants, List.of());
    }

    private static void check(Route route, Map<String, Model> models, Map<String, Provider> providers,
            Map<String, Tenant> tenants) {
        Stream.concat(Stream.concat(Stream.of(route.usual()), route.rules().stream().map(Route.Rule::choosing))
                .flatMap(choosing -> choosing.candidates().stream()),
                Stream.ofNullable(route.shadow()).map(Route.Shadow::target)).forEach(target -> {
                    if (model(target.model(), models, providers) == null) {
                        throw new IllegalArgumentException(
                                "routes." + route.name() + ": there is no model '" + target.model() + "'");
                    }
                });
        if (route.shadow() != null && !tenants.containsKey(route.shadow().tenant())) {
            throw new IllegalArgumentException("routes." + route.name() + ".shadow.tenant: there is no tenant '"
                    + route.shadow().tenant() + "'");
        }
    }

    /**
     * The model that a caller names: one of {@link #models()}, or {@code PROVIDER/MODEL} for any model of a provider,
     * whose price is then unknown. Null if there is no such model.
     */
    public @Nullable Model model(String name) {
        return model(name, models, providers);
    }

    private static @Nullable Model model(String name, Map<String, Model> models, Map<String, Provider> providers) {
        Model model = models.get(name);
        int slash = name.indexOf('/');
        if (model != null || slash < 1 || slash == name.length() - 1) {
            return model;
        }
        String provider = name.substring(0, slash);
        return providers.containsKey(provider)
                ? new Model(name, provider, name.substring(slash + 1), null, Limits.UNKNOWN, 0)
                : null;
    }

    /**
     * The price of a model, as callers name it, at the provider that was called: the catalog may since have given the
     * name to another. Null if it is unknown.
     */
    public @Nullable Price price(String model, String provider) {
        Model found = model(model);
        return found != null && found.provider().equals(provider) ? found.price() : null;
    }

    /**
     * Whether lines of batches for a model, as callers name it, go to the batch API of its provider: it has one that is to
     * be used, and it is known to be cheaper.
     */
    public boolean handsOver(String model, String provider) {
        Provider found = providers.get(provider);
        Price price = price(model, provider);
        return found != null && found.batchApi() && price != null && price.isCheaperInBatch();
    }

    /** As above, at the provider that has the model now; false for other names. */
    public boolean handsOver(String model) {
        Model found = model(model);
        return found != null && handsOver(model, found.provider());
    }

    private static <T> Map<String, T> byName(List<T> all, Function<T, String> name) {
        return all.stream().collect(Collectors.toMap(name, Function.identity()));
    }
}
