package dev.penstock.ingress.routing;

import static dev.penstock.ingress.routing.Routing.order;
import static dev.penstock.ingress.routing.Routing.request;
import static dev.penstock.ingress.routing.Routing.targets;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Format;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Route.Overrides;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuoteTest {
    private final Routing world = new Routing().model("cheap", new Limits(null, 1_000, null))
            .model("dear", new Limits(null, 100, null));

    @Test
    void theDearestOfTheRouteIsHeldFor() {
        world.route(Strategy.PRIORITY, targets("cheap", "dear"));
        ChatRequest request = request("route", "\"max_tokens\":100");
        Quote.Bounded both = bounded(request);
        world.routes.clear();
        world.route(Strategy.PRIORITY, targets("dear"));
        assertThat(both.dearest().total()).isEqualTo(bounded(request).dearest().total());
        world.routes.clear();
        world.route(Strategy.PRIORITY, targets("cheap"));
        assertThat(both.dearest().total()).isEqualTo(2 * bounded(request).dearest().total());
    }

    @Test
    void everyCandidateIsToldTheLimitThatItIsHeldFor() {
        world.route(Strategy.PRIORITY, targets("cheap", "dear"));
        ChatRequest silent = request("route", "");
        RoutePlan plan = bounded(silent).plan();
        ChatRequest limited = plan.limited(silent);

        assertThat(new String(limited.body(), StandardCharsets.UTF_8)).startsWith("{\"max_completion_tokens\":1000,");
        assertThat(plan.candidates(limited)).extracting(QuoteTest::parameters).containsExactly(null,
                "{\"max_completion_tokens\":100}");
    }

    @Test
    void noCandidateIsAskedForMoreThanItWrites() {
        world.route(Strategy.PRIORITY, targets("cheap", "dear"));
        ChatRequest request = request("route", "\"max_tokens\":500");
        RoutePlan plan = bounded(request).plan();

        assertThat(plan.candidates(plan.limited(request))).extracting(QuoteTest::parameters).containsExactly(null,
                "{\"max_tokens\":100}");
    }

    @Test
    void anOverrideOfTheLimitIsHeldFor() {
        world.route(Strategy.PRIORITY, new Target("cheap", 1, "cheap", new Overrides("{\"temperature\":0.5}", 900),
                FallbackCause.FAILURE), Target.of("dear"));
        ChatRequest request = request("route", "\"max_completion_tokens\":50");
        Quote.Bounded quote = bounded(request);

        assertThat(quote.dearest().outputTokens()).isEqualTo(900);
        assertThat(quote.plan().candidates(quote.plan().limited(request))).extracting(QuoteTest::parameters)
                .containsExactly("{\"max_completion_tokens\":900,\"temperature\":0.5}", null);
    }

    @Test
    void whatCannotBeHeldForIsPassedOverUnderAHardBudgetOnly() {
        world.route(Strategy.PRIORITY, targets("p-cheap/unpriced", "dear"));
        ChatRequest request = request("route", "\"max_tokens\":5");
        RoutePlan plan = world.plan("\"max_tokens\":5");

        RoutePlan strict = ((Quote.Bounded) Quote.of(request, plan, null, true)).plan();
        assertThat(order(strict)).containsExactly("dear");
        assertThat(strict.passedOver()).extracting(Choice::reason).containsExactly(Reason.COST_UNBOUNDED);
        assertThat(order(((Quote.Bounded) Quote.of(request, plan, null, false)).plan()))
                .containsExactlyElementsOf(order(plan));
    }

    @Test
    void whereNobodyCanBeHeldForTheReasonIsTold() {
        world.route(Strategy.PRIORITY, targets("p-cheap/x", "p-dear/y"));
        Quote quote = Quote.of(request("route", ""), world.plan(""), null, true);
        assertThat(((Quote.Unbounded) quote).why().code()).isEqualTo("price_unknown");
    }

    private Quote.Bounded bounded(ChatRequest request) {
        var routed = (ModelRouter.Routing.Routed) world.router().route(request, Format.CHAT_COMPLETIONS, world.tenant,
                dev.penstock.schemas.event.Lane.INTERACTIVE, null, world.sights(), Routing.NOW);
        Quote quote = Quote.of(request, routed.plan(), null, true);
        assertThat(quote).isInstanceOf(Quote.Bounded.class);
        return (Quote.Bounded) quote;
    }

    private static String parameters(Candidate candidate) {
        return candidate.getParameters() == null
                ? null
                : StandardCharsets.UTF_8.decode(candidate.getParameters().duplicate()).toString();
    }
}
