package dev.penstock.ingress.routing;

import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Published;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Capability;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Route;
import dev.penstock.schemas.catalog.Route.AfterFirstToken;
import dev.penstock.schemas.catalog.Route.Choosing;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.Lane;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Finds out who may answer a request, and in which order. A model that is no route is a route of one candidate. */
public final class ModelRouter {
    /** Who has {@code /embeddings} as OpenAI has it. */
    private static final Set<ProviderKind> EMBEDDERS = EnumSet.of(ProviderKind.OPENAI, ProviderKind.MISTRAL,
            ProviderKind.QWEN, ProviderKind.OPENROUTER, ProviderKind.OLLAMA, ProviderKind.OPENAI_COMPATIBLE);
    /** Who has {@code /moderations}. */
    private static final Set<ProviderKind> MODERATORS = EnumSet.of(ProviderKind.OPENAI, ProviderKind.MISTRAL,
            ProviderKind.OPENAI_COMPATIBLE);

    private final Catalog catalog;
    private final RandomGenerator random;

    /** What a request comes to. */
    public sealed interface Routing {
        /** Somebody may answer it. */
        record Routed(RoutePlan plan) implements Routing {}

        /** Nobody may. */
        record Refused(ApiError error) implements Routing {}
    }

    /** Routes by a catalog and, where a strategy asks for it, by chance. */
    public ModelRouter(Catalog catalog, RandomGenerator random) {
        this.catalog = catalog;
        this.random = random;
    }

    /** Whether there is a route or model of this name. */
    public boolean knows(String name) {
        return catalog.routes().containsKey(name) || catalog.model(name) != null;
    }

    /**
     * Routes a request.
     *
     * @param format the API that the caller speaks
     * @param session what the caller says that it belongs to, or null
     * @param now for the freshness of what is seen
     */
    public Routing route(ChatRequest request, Format format, Tenant tenant, Lane lane, @Nullable String session,
            Sights sights,
            long now) {
        String name = request.model();
        if (!tenant.access().allows(name)) {
            return new Routing.Refused(Refusals.modelNotFound(name));
        }
        Route route = catalog.routes().get(name);
        Choosing choosing = route == null ? null : choosing(route, request, lane);
        if (choosing == null) {
            if (catalog.model(name) == null) {
                return new Routing.Refused(Refusals.modelNotFound(name));
            }
            choosing = new Choosing(Strategy.PRIORITY, null, List.of(Target.of(name)));
        }
        var able = new ArrayList<Choice>();
        var passedOver = new ArrayList<Choice>();
        for (Target target : choosing.candidates()) {
            Model model = Objects.requireNonNull(catalog.model(target.model()), "the catalog is whole");
            Choice choice = Choice.of(request, target, model, published(model),
                    sights.of(model.provider(), model.providerModel(), now), tenant.maxOutputTokens(),
                    choosing.candidates().size() > 1);
            Reason against = against(request, format, model, tenant);
            if (against == null) {
                able.add(choice);
            } else {
                passedOver.add(choice.because(against));
            }
        }
        if (able.isEmpty()) {
            return new Routing.Refused(refusal(name, passedOver.getFirst().reason()));
        }
        String sticky = choosing.sticky() == null ? null : sticky(choosing.sticky(), name, request, session);
        return new Routing.Routed(new RoutePlan(name, route == null ? null : choosing.strategy(),
                ordered(request, choosing.strategy(), able, sticky), passedOver,
                route == null ? null : route.shadow(),
                route != null && route.afterFirstToken() == AfterFirstToken.CONTINUE));
    }

    /**
     * The way of a copy of a request that goes this way, or null if its shadow cannot answer it or must not see it.
     *
     * @param tenant whose request it is
     */
    public @Nullable RoutePlan shadow(ChatRequest copy, Format format, RoutePlan plan, Tenant tenant) {
        if (plan.shadow() == null) {
            return null;
        }
        Target target = plan.shadow().target();
        Model model = Objects.requireNonNull(catalog.model(target.model()), "the catalog is whole");
        Choice choice = Choice.of(copy, target, model, published(model), Sight.NONE, tenant.maxOutputTokens(), true);
        return against(copy, format, model, tenant) == null
                ? new RoutePlan(plan.name(), null, List.of(choice), List.of(), null, false)
                : null;
    }

    private static Choosing choosing(Route route, ChatRequest request, Lane lane) {
        return route.rules().stream()
                .filter(rule -> rule.when().isMet(lane, request.traits().metadata(),
                        request.prompt().expectedTokens()))
                .map(Route.Rule::choosing).findFirst().orElse(route.usual());
    }

    /**
     * Those that the prompt fits into first, and of the others those that are meant for too long ones before those that
     * are not.
     */
    private List<Choice> ordered(ChatRequest request, Strategy strategy, List<Choice> able, @Nullable String sticky) {
        if (able.size() == 1) {
            return able;
        }
        List<Choice> usual = able.stream().filter(choice -> choice.target().after() == FallbackCause.FAILURE).toList();
        List<Choice> ordered = new ArrayList<>(
                Order.of(strategy, usual.stream().filter(choice -> choice.fits(request)).toList(), sticky, random));
        List<Choice> tooSmall = Order.of(strategy, usual.stream().filter(choice -> !choice.fits(request)).toList(),
                sticky, random).stream().map(choice -> choice.because(Reason.CONTEXT_LENGTH)).toList();
        List<Choice> special = able.stream().filter(choice -> choice.target().after() != FallbackCause.FAILURE)
                .map(choice -> choice.because(Order.of(choice.target().after()))).toList();
        if (ordered.isEmpty()) {
            special.stream().filter(choice -> choice.target().after() == FallbackCause.CONTEXT_LENGTH
                    && choice.fits(request)).forEach(ordered::add);
        }
        ordered.addAll(tooSmall);
        special.stream().filter(choice -> !ordered.contains(choice)).forEach(ordered::add);
        return ordered;
    }

    private Published published(Model model) {
        Provider provider = catalog.providers().get(model.provider());
        return provider == null ? Published.NOTHING : Published.of(provider.kind(), model.providerModel());
    }

    private @Nullable Reason against(ChatRequest request, Format format, Model model, Tenant tenant) {
        Provider provider = catalog.providers().get(model.provider());
        if (provider != null && !tenant.access().allows(provider)) {
            return Reason.OTHER_REGION;
        }
        if (provider != null && !offers(provider.kind(), format)) {
            return Reason.NOT_OFFERED;
        }
        if (lacks(model, Capability.TOOLS, request.prompt().tools())) {
            return Reason.NO_TOOLS;
        }
        if (lacks(model, Capability.VISION, request.prompt().images() > 0)) {
            return Reason.NO_VISION;
        }
        return lacks(model, Capability.JSON_SCHEMA, request.traits().jsonSchema()) ? Reason.NO_JSON_SCHEMA : null;
    }

    private static boolean offers(ProviderKind kind, Format format) {
        return switch (format) {
            case CHAT_COMPLETIONS, COMPLETIONS, RESPONSES, MESSAGES -> true;
            case EMBEDDINGS -> EMBEDDERS.contains(kind);
            case MODERATIONS -> MODERATORS.contains(kind);
        };
    }

    private static boolean lacks(Model model, Capability capability, boolean needed) {
        return needed && model.capabilities() != null && !model.capabilities().contains(capability);
    }

    private static ApiError refusal(String name, Reason reason) {
        return switch (reason) {
            case NO_TOOLS -> Refusals.notCapable("tools", name, "tools");
            case NO_VISION -> Refusals.notCapable("messages", name, "images");
            case NO_JSON_SCHEMA -> Refusals.notCapable("response_format", name, "'json_schema'");
            case NOT_OFFERED -> Refusals.notOffered(name);
            case OTHER_REGION -> Refusals.regionNotAllowed(name);
            case ONLY, PRIORITY, LATENCY, EXPLORED, COST, CAPACITY, WEIGHT, STICKY, FALLBACK, AFTER_CONTEXT_LENGTH,
                    AFTER_CONTENT_FILTER, FULL, NOT_HEARD_OF, BREAKER_OPEN, CONTEXT_LENGTH, COST_UNBOUNDED ->
                throw new IllegalStateException("nobody is refused for " + reason);
        };
    }

    private static @Nullable String sticky(Route.Sticky by, String name, ChatRequest request,
            @Nullable String session) {
        String value = switch (by) {
            case USER -> request.traits().user();
            case SESSION -> session == null ? request.traits().metadata().get("session_id") : session;
        };
        return value == null ? null : name + '\0' + value;
    }
}
