package dev.penstock.ingress.routing;

import static dev.penstock.ingress.routing.Routing.after;
import static dev.penstock.ingress.routing.Routing.order;
import static dev.penstock.ingress.routing.Routing.reasons;
import static dev.penstock.ingress.routing.Routing.targets;
import static dev.penstock.ingress.routing.Routing.tenant;
import static dev.penstock.ingress.routing.Routing.weighted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.catalog.Access;
import dev.penstock.schemas.catalog.Capability;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Route;
import dev.penstock.schemas.catalog.Route.Choosing;
import dev.penstock.schemas.catalog.Route.Condition;
import dev.penstock.schemas.catalog.Route.Rule;
import dev.penstock.schemas.catalog.Route.Sticky;
import dev.penstock.schemas.catalog.Route.Strategy;
import dev.penstock.schemas.catalog.Route.Target;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelRouterTest {
    private static final String TOOLS = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
    private static final String SCHEMA = "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\"}}";

    @Test
    void aModelIsARouteOfOneCandidate() {
        var world = new Routing().models("a");
        var routed = (ModelRouter.Routing.Routed) world.router().route(Routing.request("a", ""),
                Format.CHAT_COMPLETIONS, world.tenant,
                Lane.INTERACTIVE, null, world.sights(), Routing.NOW);

        assertThat(routed.plan().strategy()).isNull();
        assertThat(reasons(routed.plan())).containsExactly(Reason.ONLY);
        assertThat(world.refusal("b", "").code()).isEqualTo("model_not_found");
        assertThat(world.refusal("p-b/x", "").code()).isEqualTo("model_not_found");
    }

    @Test
    void priorityKeepsTheListsOrderButForThoseThatCannotNow() {
        var world = new Routing().models("a", "b", "c", "d", "e").route(Strategy.PRIORITY,
                targets("a", "b", "c", "d", "e"));
        world.seen("a", 0, 5, 10, true).seen("b", 0, 3, 10, false).seen("d", 5, 0, 10, false).seen("e", 0, 0, 10,
                false);

        assertThat(order(world.plan(""))).containsExactly("d", "e", "b", "c", "a");
        assertThat(reasons(world.plan(""))).containsExactly(Reason.PRIORITY, Reason.FALLBACK, Reason.FULL,
                Reason.NOT_HEARD_OF, Reason.BREAKER_OPEN);
    }

    @Test
    void whereNothingIsHeardTheOrderIsTheStrategys() {
        var world = new Routing().models("a", "b").route(Strategy.PRIORITY, targets("b", "a"));
        assertThat(order(world.plan(""))).containsExactly("b", "a");
        assertThat(reasons(world.plan(""))).containsExactly(Reason.PRIORITY, Reason.NOT_HEARD_OF);
    }

    @Test
    void costPutsTheCheapestFirstAndTheUnpricedLast() {
        var world = new Routing().models("a", "b", "c").route(Strategy.COST, targets("p-a/other", "c", "b", "a"));
        world.seen("a", 5, 0, 1, false).seen("b", 5, 0, 1, false).seen("c", 5, 0, 1, false);

        assertThat(order(world.plan(""))).containsExactly("a", "b", "c", "p-a/other");
        assertThat(world.plan("").first().reason()).isEqualTo(Reason.COST);
    }

    @Test
    void capacityPutsTheLessBusyFirst() {
        var world = new Routing().models("a", "b").route(Strategy.CAPACITY, targets("a", "b"));
        world.seen("a", 2, 0, 1, false).seen("b", 7, 0, 1, false);

        assertThat(order(world.plan(""))).containsExactly("b", "a");
    }

    @Test
    void latencyPutsTheQuickerFirstButForWhatIsExplored() {
        var world = new Routing().models("a", "b").route(Strategy.LATENCY, targets("a", "b"));
        world.seen("a", 10, 0, 500, false).seen("b", 10, 0, 100, false);
        int explored = 0;
        for (int i = 0; i < 10_000; i++) {
            RoutePlan plan = world.plan("");
            boolean slow = order(plan).getFirst().equals("a");
            assertThat(plan.first().reason()).isEqualTo(slow ? Reason.EXPLORED : Reason.LATENCY);
            explored += slow ? 1 : 0;
        }
        assertThat(explored).isBetween(400, 600);
    }

    @Test
    void aCandidateOfUnknownLatencyGetsItsShare() {
        var world = new Routing().models("a", "b").route(Strategy.LATENCY, targets("a", "b"));
        world.seen("a", 10, 0, -1, false).seen("b", 10, 0, 100, false);
        int unknown = 0;
        for (int i = 0; i < 1_000; i++) {
            unknown += order(world.plan("")).getFirst().equals("a") ? 1 : 0;
        }
        assertThat(unknown).isBetween(400, 600);
    }

    @Test
    void weightsAreKept() {
        var world = new Routing().models("a", "b", "c").route(Strategy.WEIGHTED, weighted("a", 7), weighted("b", 3),
                weighted("c", 0));
        var dealt = new HashMap<String, Integer>();
        for (int i = 0; i < 10_000; i++) {
            RoutePlan plan = world.plan("");
            assertThat(order(plan).getLast()).isEqualTo("c");
            assertThat(plan.arm()).isEqualTo(order(plan).getFirst());
            dealt.merge(plan.arm(), 1, Integer::sum);
        }
        assertThat(dealt.get("a")).isBetween(6_800, 7_200);
    }

    @Test
    void aUserStaysWithItsArmAndFewMoveWhenWeightsChange() {
        var before = sticky(Sticky.USER, weighted("a", 5), weighted("b", 5));
        var after = sticky(Sticky.USER, weighted("a", 6), weighted("b", 4));
        int moved = 0;
        int first = 0;
        for (int user = 0; user < 2_000; user++) {
            String fields = "\"user\":\"u" + user + "\"";
            String arm = before.plan(fields).arm();
            assertThat(before.plan(fields).arm()).isEqualTo(arm);
            assertThat(before.plan(fields).first().reason()).isEqualTo(Reason.STICKY);
            first += "a".equals(arm) ? 1 : 0;
            String later = after.plan(fields).arm();
            assertThat("a".equals(arm) && "b".equals(later)).isFalse();
            moved += later.equals(arm) ? 0 : 1;
        }
        assertThat(first).isBetween(900, 1_100);
        assertThat(moved).isBetween(120, 280);
    }

    @Test
    void theSafetyIdentifierSpeaksForTheUser() {
        var world = sticky(Sticky.USER, weighted("a", 1), weighted("b", 1));
        for (int i = 0; i < 50; i++) {
            assertThat(world.plan("\"safety_identifier\":\"s\",\"user\":\"u" + i + "\"").arm())
                    .isEqualTo(world.plan("\"user\":\"s\"").arm());
        }
    }

    @Test
    void aSessionIsKnownByTheHeaderElseByTheMetadata() {
        var world = sticky(Sticky.SESSION, weighted("a", 1), weighted("b", 1));
        for (int i = 0; i < 50; i++) {
            String arm = world.plan("", Lane.INTERACTIVE, "s" + i).arm();
            assertThat(world.plan("\"metadata\":{\"session_id\":\"s" + i + "\"}").arm()).isEqualTo(arm);
            assertThat(world.plan("\"metadata\":{\"session_id\":\"x\"}", Lane.INTERACTIVE, "s" + i).arm())
                    .isEqualTo(arm);
        }
    }

    @Test
    void anArmWhoseBreakerIsOpenIsDealtToNobody() {
        var world = new Routing().models("a", "b").route(Strategy.WEIGHTED, weighted("a", 99), weighted("b", 1));
        world.seen("a", 5, 0, 1, true).seen("b", 0, 9, 1, false);
        assertThat(world.plan("").arm()).isEqualTo("b");
    }

    @Test
    void whoCannotDoWhatIsNeededIsPassedOver() {
        var world = new Routing().model("a", Limits.UNKNOWN, Capability.VISION)
                .model("b", Limits.UNKNOWN, Capability.TOOLS).model("c", Limits.UNKNOWN, Capability.JSON_SCHEMA)
                .route(Strategy.PRIORITY, targets("a", "b", "c"));

        assertThat(order(world.plan(TOOLS))).containsExactly("b");
        assertThat(world.plan(TOOLS).passedOver()).extracting(Choice::reason).containsExactly(Reason.NO_TOOLS,
                Reason.NO_TOOLS);
        assertThat(order(world.plan(SCHEMA))).containsExactly("c");
        assertThat(order(world.plan(""))).hasSize(3);
        assertThat(world.refusal("a", TOOLS).param()).isEqualTo("tools");
        assertThat(world.refusal("route", TOOLS + "," + SCHEMA).code()).isEqualTo("unsupported_value");
    }

    @Test
    void imagesNeedAModelThatSees() {
        var world = new Routing().model("blind", Limits.UNKNOWN, Capability.TOOLS).model("seeing", Limits.UNKNOWN,
                Capability.VISION).route(Strategy.PRIORITY, targets("blind", "seeing"));
        var request = Routing.read("{\"model\":\"route\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
                + "\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}}]}]}");
        var routed = (ModelRouter.Routing.Routed) world.router().route(request, Format.CHAT_COMPLETIONS, world.tenant,
                Lane.INTERACTIVE, null,
                world.sights(), Routing.NOW);
        assertThat(order(routed.plan())).containsExactly("seeing");
    }

    @Test
    void promptsGoWhereTheTenantsDataMayGo() {
        var world = new Routing().models("a", "b").route(Strategy.PRIORITY, targets("a", "b"));
        world.tenant = tenant(new Access(List.of(), "r-b"));

        assertThat(order(world.plan(""))).containsExactly("b");
        assertThat(world.refusal("a", "").code()).isEqualTo("region_not_allowed");
    }

    @Test
    void aTenantMayUseWhatItsListSays() {
        var world = new Routing().models("a", "b", "ab").route(Strategy.PRIORITY, targets("b"));
        world.tenant = tenant(new Access(List.of("a*", "route"), null));

        assertThat(order(world.plan(""))).containsExactly("b");
        assertThat(world.refusal("b", "").code()).isEqualTo("model_not_found");
    }

    @Test
    void aPromptThatIsProbablyTooLongGoesToTheSmallOnesLast() {
        var world = new Routing().model("small", new Limits(1_000, null, null))
                .model("large", new Limits(100_000, null, null)).model("huge", Limits.UNKNOWN)
                .route(Strategy.PRIORITY, Target.of("small"), after(FallbackCause.CONTENT_FILTER, "huge"),
                        after(FallbackCause.CONTEXT_LENGTH, "large"));
        String longText = "\"prompt_cache_key\":\"" + "x".repeat(5_000) + "\"";

        assertThat(order(world.plan(""))).containsExactly("small", "huge", "large");
        assertThat(reasons(world.plan(""))).containsExactly(Reason.PRIORITY, Reason.AFTER_CONTENT_FILTER,
                Reason.AFTER_CONTEXT_LENGTH);
        assertThat(order(world.plan(longText))).containsExactly("large", "small", "huge");
        assertThat(reasons(world.plan(longText))).element(1).isEqualTo(Reason.CONTEXT_LENGTH);
    }

    @Test
    void theFirstRuleThatAppliesChooses() {
        var usual = new Choosing(Strategy.PRIORITY, null, List.of(targets("a")));
        var rules = List.of(rule(new Condition(Lane.BATCH, Map.of(), null, null), "b"),
                rule(new Condition(null, Map.of("tier", "gold"), null, null), "c"),
                rule(new Condition(null, Map.of(), 1_000, null), "d"),
                rule(new Condition(null, Map.of("tier", "gold"), null, 500), "a"));
        var world = new Routing().models("a", "b", "c", "d").route(new Route("route", usual, rules, null));

        assertThat(order(world.plan(""))).containsExactly("a");
        assertThat(order(world.plan("", Lane.BATCH, null))).containsExactly("b");
        assertThat(order(world.plan("\"metadata\":{\"x\":1,\"tier\":\"gold\"}"))).containsExactly("c");
        assertThat(order(world.plan("\"metadata\":{\"tier\":\"lead\"}"))).containsExactly("a");
        assertThat(order(world.plan("\"prompt_cache_key\":\"" + "x".repeat(5_000) + "\""))).containsExactly("d");
    }

    @Test
    void anAnswerIsGoneOnWithWhereTheRouteSaysSoAndItIsOneText() {
        var usual = new Choosing(Strategy.PRIORITY, null, List.of(targets("a", "b")));
        var honest = new Routing().models("a", "b").route(new Route("route", usual, List.of(), null));
        var steady = new Routing().models("a", "b")
                .route(new Route("route", usual, List.of(), null, Route.AfterFirstToken.CONTINUE));

        assertThat(goesOn(honest, "\"stream\":true", Lane.INTERACTIVE)).isFalse();
        assertThat(goesOn(steady, "\"stream\":true", Lane.INTERACTIVE)).isTrue();
        assertThat(goesOn(steady, "\"stream\":true,\"response_format\":{\"type\":\"text\"}", Lane.INTERACTIVE))
                .isTrue();
        for (String field : List.of("\"n\":2", "\"logprobs\":true",
                "\"response_format\":{\"type\":\"json_object\"}", "\"modalities\":[\"text\",\"audio\"]",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\"}}")) {
            assertThat(goesOn(steady, "\"stream\":true," + field, Lane.INTERACTIVE)).as(field).isFalse();
            assertThat(goesOn(steady, field, Lane.INTERACTIVE)).as("whole, %s", field).isTrue();
        }
        assertThat(goesOn(steady, "", Lane.BATCH)).isFalse();
    }

    private static boolean goesOn(Routing world, String fields, Lane lane) {
        return world.plan(fields, lane, null).canGoOn(Routing.request("route", fields), lane);
    }

    private static Rule rule(Condition when, String model) {
        return new Rule(when, new Choosing(Strategy.PRIORITY, null, List.of(targets(model))));
    }

    private static Routing sticky(Sticky by, Target... targets) {
        return new Routing().models("a", "b").route(new Route("route",
                new Choosing(Strategy.WEIGHTED, by, List.of(targets)), List.of(), null));
    }
}
