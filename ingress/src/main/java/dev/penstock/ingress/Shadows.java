package dev.penstock.ingress;

import dev.penstock.ingress.Callers.Caller;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.routing.Envelopes;
import dev.penstock.ingress.routing.RoutePlan;
import dev.penstock.ingress.routing.ModelRouter;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Route.Shadow;
import dev.penstock.schemas.catalog.Tenant;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies some requests of a route to another model. A copy is a request of its own, of the tenant that pays for it, that
 * nobody waits for; the caller is answered or refused as if there were none. Lives on one event loop.
 */
final class Shadows {
    /** What events call the key that a copy was made with. */
    private static final String KEY = "shadow";
    private static final Logger LOG = LoggerFactory.getLogger(Shadows.class);

    private final Vertx vertx;
    private final Catalog catalog;
    private final ModelRouter router;
    private final Budgets budgets;
    private final RequestLog log;
    private final RandomGenerator random;
    /** Routes and codes of which the log knows: it would be full of them. */
    private final Set<String> told = new HashSet<>();

    Shadows(Vertx vertx, Catalog catalog, ModelRouter router, Budgets budgets, RequestLog log, RandomGenerator random) {
        this.vertx = vertx;
        this.catalog = catalog;
        this.router = router;
        this.budgets = budgets;
        this.log = log;
        this.random = random;
    }

    /** Copies an accepted request, if its route has a shadow and it is its turn. */
    void mirror(ChatRequest request, RoutePlan plan, Caller caller, RequestEnvelope accepted) {
        Shadow shadow = plan.shadow();
        if (shadow == null || random.nextInt(100) >= shadow.percent()) {
            return;
        }
        ChatRequest copy = request.whole();
        RoutePlan alone = router.shadow(copy, accepted.getFormat(), plan, caller.tenant());
        if (alone == null) {
            return;
        }
        Tenant payer = Objects.requireNonNull(catalog.tenants().get(shadow.tenant()), "the catalog is whole");
        String requestId = accepted.getRequestId() + "-shadow";
        Instant now = accepted.getAcceptedAt();
        budgets.hold(copy, alone, new Caller(payer, KEY), requestId, now, decision -> {
            switch (decision) {
                case Budgets.Decision.Refused(var error) -> {
                    if (told.add(plan.name() + " " + error.code())) {
                        LOG.warn("the budget of {} does not allow a shadow of a route: {}; told once", payer.name(),
                                error.code());
                    }
                }
                case Budgets.Decision.Granted(var limited, var held, var hold) -> {
                    RequestEnvelope envelope = Envelopes.of(limited,
                            new Framing(accepted.getFormat(), accepted.getEcho()), held,
                            new Envelopes.Ticket(requestId, payer, KEY,
                                    accepted.getLane(), hold, accepted.getReplyTo(), now, accepted.getDeadline()));
                    log.append(vertx, RequestEnvelope.newBuilder(envelope).setShadow(true).build(), random.nextInt(),
                            cause -> LOG.debug("a shadow was not acknowledged by Kafka: {}", cause.toString()));
                }
            }
        });
    }
}
