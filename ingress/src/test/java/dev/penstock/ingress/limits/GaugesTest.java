package dev.penstock.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.ingress.limits.Gauges.Entry;
import dev.penstock.schemas.bus.Traffic;
import dev.penstock.schemas.catalog.Access;
import dev.penstock.schemas.catalog.Cap;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.RateLimits;
import dev.penstock.schemas.catalog.Tenant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

class GaugesTest {
    @Test
    void aMinutesRequestsMayComeAtOnceAndThenAsTheyFill() {
        var gauges = gauges("a", new RateLimits(3L, null, null), RateLimits.NONE);
        assertThat(List.of(enter(gauges, 1, 0), enter(gauges, 1, 0), enter(gauges, 1, 0)))
                .allMatch(Entry.LetIn.class::isInstance);
        assertThat(enter(gauges, 1, 0)).isEqualTo(new Entry.TurnedAway(
                new Refusal(Refusal.Kind.REQUESTS, 3, 3, 1, 20_000)));
        assertThat(gauges.requests("team", "key", 0)).isEqualTo(new Standing(3, 0, 60_000));
        assertThat(enter(gauges, 1, 20_000)).isInstanceOf(Entry.LetIn.class);
        assertThat(gauges.tokens("team", "key", 0)).isNull();
    }

    @Test
    void whatIsTurnedAwayTakesUpNothing() {
        var gauges = gauges("a", new RateLimits(null, 100L, 5), RateLimits.NONE);
        assertThat(enter(gauges, 60, 0)).isInstanceOf(Entry.LetIn.class);
        assertThat(enter(gauges, 60, 0)).isEqualTo(new Entry.TurnedAway(
                new Refusal(Refusal.Kind.TOKENS, 100, 60, 60, 12_000)));
        assertThat(enter(gauges, 40, 0)).isInstanceOf(Entry.LetIn.class);
        gauges.over("team", "key");
        gauges.over("team", "key");
        assertThat(gauges.tell().used()).containsExactlyInAnyOrder(new Traffic.Used("team", 2, 100, 0),
                new Traffic.Used("team/key", 2, 100, 0));
        assertThat(gauges.tell().used()).isEmpty();
    }

    @Test
    void aKeyHasItsPartOfTheTenants() {
        var gauges = gauges("a", new RateLimits(100L, null, null), new RateLimits(1L, null, 1));
        assertThat(enter(gauges, 1, 0)).isInstanceOf(Entry.LetIn.class);
        assertThat(enter(gauges, 1, 60_000)).isEqualTo(new Entry.TurnedAway(
                new Refusal(Refusal.Kind.IN_FLIGHT, 1, 1, 1, 1_000)));
        gauges.over("team", "key");
        assertThat(enter(gauges, 1, 60_000)).isInstanceOf(Entry.LetIn.class);
        assertThat(gauges.requests("team", "key", 60_000)).isEqualTo(new Standing(1, 0, 60_000));
        assertThat(gauges.requests("team", "other", 60_000)).isEqualTo(new Standing(100, 99, 600));
    }

    @Test
    void severalIngressesKeepALimitTogether() {
        var limits = new RateLimits(10L, null, 8);
        var a = gauges("a", limits, RateLimits.NONE);
        var b = gauges("b", limits, RateLimits.NONE);
        for (int i = 0; i < 6; i++) {
            assertThat(enter(a, 1, 0)).isInstanceOf(Entry.LetIn.class);
        }
        Traffic told = a.tell();
        b.heard(told, 0);
        a.heard(told, 0); // its own word comes back to it

        assertThat(a.requests("team", "key", 0)).isEqualTo(new Standing(10, 4, 36_000));
        assertThat(b.requests("team", "key", 0)).isEqualTo(new Standing(10, 4, 36_000));
        assertThat(enter(b, 1, 0)).isInstanceOf(Entry.LetIn.class);
        assertThat(enter(b, 1, 0)).isInstanceOf(Entry.LetIn.class);
        assertThat(enter(b, 1, 0)).isInstanceOfSatisfying(Entry.TurnedAway.class,
                away -> assertThat(away.refusal().kind()).isEqualTo(Refusal.Kind.IN_FLIGHT));
        assertThat(enter(b, 1, 5_001)).as("an ingress that is silent has nothing in flight")
                .isInstanceOf(Entry.LetIn.class);
    }

    @Test
    void whatSeveralTookBeforeTheyHeardOfEachOtherIsPaidForLater() {
        var limits = new RateLimits(10L, null, null);
        var a = gauges("a", limits, RateLimits.NONE);
        var b = gauges("b", limits, RateLimits.NONE);
        for (int i = 0; i < 10; i++) {
            enter(a, 1, 0);
            enter(b, 1, 0);
        }
        a.heard(b.tell(), 0);
        assertThat(enter(a, 1, 65_999)).isInstanceOf(Entry.TurnedAway.class);
        assertThat(enter(a, 1, 66_000)).isInstanceOf(Entry.LetIn.class);
    }

    @Test
    void timesAreWrittenAsOpenAiWritesThem() {
        assertThat(List.of(0L, 12L, 1_000L, 1_500L, 59_050L, 360_000L, 3_723_004L).stream()
                .map(ms -> new Standing(1, 1, ms).reset()))
                .containsExactly("0ms", "12ms", "1s", "1.5s", "59.05s", "6m0s", "1h2m3.004s");
    }

    private static Entry enter(Gauges gauges, long tokens, long now) {
        return gauges.enter("team", "key", tokens, now);
    }

    private static Gauges gauges(String ingress, RateLimits tenants, RateLimits keys) {
        var tenant = new Tenant("team", List.of(new Tenant.Key("key", "0".repeat(64), Cap.NONE, keys)), 1,
                ZoneId.of("UTC"), Cap.NONE, null, tenants, Access.ALL);
        return new Gauges(ingress, Catalog.of("1", List.of(), List.of(), List.of(tenant)), 0);
    }
}
