package dev.penstock.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Format;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.ChatRequestReader;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.bus.WorkerStatus.Seen;
import dev.penstock.schemas.catalog.Access;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Capability;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Quotas;
import dev.penstock.schemas.catalog.RateLimits;
import dev.penstock.schemas.catalog.Route;
import dev.penstock.schemas.catalog.Route.Choosing;
import dev.penstock.schemas.catalog.Route.Overrides;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** A small world to route in: a provider for each model, and a worker that tells of them. */
final class Routing {
    static final long NOW = 10_000;
    static final Random RANDOM = new Random(1);

    final List<Provider> providers = new ArrayList<>();
    final List<Model> models = new ArrayList<>();
    final List<Route> routes = new ArrayList<>();
    final List<Seen> seen = new ArrayList<>();
    Tenant tenant = tenant(Access.ALL);

    /** A model {@code name}, dearer than those before it, of a provider {@code p-name}. */
    Routing model(String name, Limits limits, Capability... capabilities) {
        providers.add(new Provider("p-" + name, ProviderKind.OPENAI, URI.create("http://localhost"), null, 10,
                Provider.Timeouts.DEFAULT, List.of(), Quotas.NONE, "r-" + name, false));
        long price = 1_000_000_000L * providers.size();
        models.add(new Model(name, "p-" + name, name + "-1", new Price(price, price, null, null), limits, 0,
                capabilities.length == 0 ? null : Set.of(capabilities)));
        return this;
    }

    Routing models(String... names) {
        for (String name : names) {
            model(name, Limits.UNKNOWN);
        }
        return this;
    }

    Routing route(Strategy strategy, Target... candidates) {
        return route(new Route("route", new Choosing(strategy, null, List.of(candidates)), List.of(), null));
    }

    Routing route(Route route) {
        routes.add(route);
        return this;
    }

    /** A worker tells of the provider of a model. */
    Routing seen(String model, int free, int waiting, int firstTokenMs, boolean open) {
        seen.add(new Seen("p-" + model, "", 10, free, waiting, firstTokenMs, open));
        return this;
    }

    static Target[] targets(String... names) {
        return Stream.of(names).map(Target::of).toArray(Target[]::new);
    }

    static Target after(FallbackCause cause, String name) {
        return new Target(name, 1, name, Overrides.NONE, cause);
    }

    static Target weighted(String name, int weight) {
        return new Target(name, weight, name, Overrides.NONE, FallbackCause.FAILURE);
    }

    static Tenant tenant(Access access) {
        return new Tenant("team", List.of(), 1, ZoneId.of("UTC"), Cap.NONE, null, RateLimits.GENEROUS, access);
    }

    ModelRouter router() {
        return new ModelRouter(Catalog.of("1", providers, models, List.of(tenant), routes), RANDOM);
    }

    Sights sights() {
        var sights = new Sights();
        sights.heard(new WorkerStatus("w", seen), NOW);
        return sights;
    }

    RoutePlan plan(String fields) {
        return plan(fields, Lane.INTERACTIVE, null);
    }

    RoutePlan plan(String fields, Lane lane, String session) {
        var routed = router().route(request("route", fields), Format.CHAT_COMPLETIONS, tenant, lane, session, sights(),
                NOW);
        assertThat(routed).isInstanceOf(ModelRouter.Routing.Routed.class);
        return ((ModelRouter.Routing.Routed) routed).plan();
    }

    ApiError refusal(String model, String fields) {
        var routed = router().route(request(model, fields), Format.CHAT_COMPLETIONS, tenant, Lane.INTERACTIVE, null,
                sights(), NOW);
        assertThat(routed).isInstanceOf(ModelRouter.Routing.Refused.class);
        return ((ModelRouter.Routing.Refused) routed).error();
    }

    static List<String> order(RoutePlan plan) {
        return plan.choices().stream().map(choice -> choice.model().name()).toList();
    }

    static List<Reason> reasons(RoutePlan plan) {
        return plan.choices().stream().map(Choice::reason).toList();
    }

    /** A request of one short message with these fields more. */
    static ChatRequest request(String model, String fields) {
        return read("{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
                + (fields.isEmpty() ? "" : "," + fields) + "}");
    }

    static ChatRequest read(String json) {
        var result = ChatRequestReader.read(json.getBytes(StandardCharsets.UTF_8));
        assertThat(result).isInstanceOf(ChatRequestReader.Result.Valid.class);
        return ((ChatRequestReader.Result.Valid) result).request();
    }
}
