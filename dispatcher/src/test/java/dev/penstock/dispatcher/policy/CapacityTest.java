package dev.penstock.dispatcher.policy;

import static dev.penstock.schemas.event.Lane.BATCH;
import static dev.penstock.schemas.event.Lane.INTERACTIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Quota;
import dev.penstock.schemas.catalog.Quotas;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Lane;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CapacityTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;

    @Test
    void beginsAsManyCallsAsItsPartCarries() {
        var capacity = new Capacity(provider(8, 1, Map.of()));
        assertThat(take(capacity, INTERACTIVE, "m", 0)).isEmpty();
        capacity.own(Set.of(0), 2, 0);
        List<Permit> permits = take(capacity, INTERACTIVE, "m", 0);
        assertThat(permits).hasSize(4);
        capacity.end(permits.getFirst(), new Verdict.Well(10, 5), 1);
        assertThat(take(capacity, INTERACTIVE, "m", 1)).hasSize(1);
    }

    @Test
    void keepsAModelsQuotaAndLeavesTheRestToOthers() {
        var capacity = owned(provider(8, 1, Map.of("small", new Quota(2, null, null))));
        assertThat(take(capacity, INTERACTIVE, "small", 0)).hasSize(2);
        assertThat(take(capacity, INTERACTIVE, "large", 0)).hasSize(6);
    }

    @Test
    void aCallThatIsMadeAgainForAnotherChoiceCountsAgainstTheRequestsOfAMinute() {
        var capacity = owned(provider(100, 1, Map.of("small", new Quota(null, 100, null))));
        assertThat(take(capacity, INTERACTIVE, "small", 0)).as("a part begins empty").isEmpty();
        Permit first = Objects.requireNonNull(capacity.begin(INTERACTIVE, "small", 0, MINUTE));
        for (int choice = 1; choice < 10; choice++) {
            capacity.again(first, MINUTE);
        }
        assertThat(take(capacity, INTERACTIVE, "small", MINUTE)).as("ten may begin at once").isEmpty();
        assertThat(take(capacity, INTERACTIVE, "large", MINUTE)).isNotEmpty();
    }

    @Test
    void whereTheMachineIsShortBatchHasASlotAndItsPartOfTheQuotaAllTheSame() {
        var capacity = owned(provider(100, 1, Map.of("small", new Quota(null, 100, null))));
        assertThat(capacity.begin(INTERACTIVE, "small", 0, 0)).as("a part begins empty").isNull();
        assertThat(capacity.begin(INTERACTIVE, "small", 0, MINUTE)).as("one of ten").isNotNull();
        IntStream.range(0, 100 * Strain.LOOKS).forEach(_ -> capacity.late(SECOND));
        assertThat(take(capacity, BATCH, "small", MINUTE)).hasSize(1);
    }

    @Test
    void takesARefusedKeyOutForAMinuteAndTriesItAgain() {
        var capacity = owned(provider(8, 2, Map.of()));
        Permit first = begin(capacity, 0);
        Permit second = begin(capacity, 0);
        assertThat(List.of(first.key(), second.key())).containsExactly(0, 1);
        capacity.end(first, new Verdict.KeyRefused(), 0);
        assertThat(take(capacity, INTERACTIVE, "m", 0)).extracting(Permit::key).containsOnly(1);
        assertThat(capacity.trouble("m", 0)).isNull();
        capacity.end(second, new Verdict.KeyRefused(), 0);
        assertThat(capacity.trouble("m", 0)).isEqualTo(new Trouble.Locked(false));
        assertThat(capacity.trouble("m", MINUTE)).isNull();
        assertThat(begin(capacity, MINUTE).key()).isIn(0, 1);
    }

    @Test
    void staysAwayAsLongAsTheProviderSaysAndComesBackWithLess() {
        var capacity = owned(provider(16, 1, Map.of()));
        List<Permit> permits = take(capacity, INTERACTIVE, "m", 0);
        permits.forEach(permit -> capacity.end(permit, new Verdict.Full(3 * SECOND), 0));
        assertThat(capacity.trouble("m", 2 * SECOND)).isInstanceOf(Trouble.Full.class);
        assertThat(take(capacity, INTERACTIVE, "m", 2 * SECOND)).isEmpty();
        List<Permit> after = take(capacity, INTERACTIVE, "m", 3 * SECOND);
        assertThat(after).hasSize(8);
        assertThat(capacity.isLowered("m")).isTrue();
        after.forEach(permit -> capacity.end(permit, new Verdict.Well(1, 1), 4 * SECOND));
        assertThat(take(capacity, INTERACTIVE, "m", 4 * SECOND)).hasSize(9);
    }

    @Test
    void waitsWhileHeadersSayThatNothingIsLeft() {
        var capacity = owned(provider(8, 1, Map.of()));
        Permit permit = begin(capacity, 0);
        capacity.leftOver(permit, new Headroom(new Headroom.Left(0, 5 * SECOND), null), 0);
        assertThat(capacity.readyAt(INTERACTIVE, "m", 1, SECOND)).isEqualTo(5 * SECOND);
    }

    @Test
    void leavesSlotsFreeForWhatTheLastOwnerHasOpen() {
        var capacity = owned(provider(8, 1, Map.of()));
        capacity.elsewhere("other", 3);
        List<Permit> permits = take(capacity, INTERACTIVE, "m", 0);
        assertThat(permits).hasSize(5);
        capacity.elsewhere("other", 0);
        assertThat(take(capacity, INTERACTIVE, "m", 0)).hasSize(3);
    }

    @Test
    void batchHasItsShareAndWhatInteractiveLeaves() {
        var idle = owned(provider(8, 1, Map.of()));
        assertThat(take(idle, BATCH, "m", MINUTE)).hasSize(4);

        var busy = owned(provider(8, 1, Map.of()));
        List<Permit> interactive = IntStream.range(0, 6).mapToObj(_ -> begin(busy, MINUTE)).toList();
        interactive.forEach(permit -> busy.end(permit, new Verdict.Well(1, 1), MINUTE));
        assertThat(take(busy, BATCH, "m", MINUTE)).hasSize(2);

        var full = owned(provider(8, 1, Map.of()));
        IntStream.range(0, 8).mapToObj(_ -> begin(full, MINUTE)).toList()
                .forEach(permit -> full.end(permit, new Verdict.Well(1, 1), MINUTE));
        assertThat(take(full, BATCH, "m", MINUTE)).as("one, so that it does not starve").hasSize(1);
    }

    @Test
    void correctsWhatItCountedForByWhatWasUsed() {
        var provider = new Provider("acme", ProviderKind.OPENAI, URI.create("http://acme.test"), null, 8,
                Provider.Timeouts.DEFAULT, List.of(),
                new Quotas(new Quota(null, null, 10_000), Map.of(), Quota.UNLIMITED, 50));
        var capacity = owned(provider);
        Permit permit = Objects.requireNonNull(capacity.begin(INTERACTIVE, "m", 1000, MINUTE));
        assertThat(capacity.readyAt(INTERACTIVE, "m", 500, MINUTE)).isGreaterThan(MINUTE);
        capacity.end(permit, new Verdict.Well(100, 50), MINUTE);
        assertThat(capacity.readyAt(INTERACTIVE, "m", 500, MINUTE)).isEqualTo(MINUTE);
    }

    private static List<Permit> take(Capacity capacity, Lane lane, String model, long now) {
        var permits = new ArrayList<Permit>();
        for (Permit permit = capacity.begin(lane, model, 1, now); permit != null; permit = capacity.begin(lane, model,
                1,
                now)) {
            permits.add(permit);
        }
        return permits;
    }

    private static Permit begin(Capacity capacity, long now) {
        return Objects.requireNonNull(capacity.begin(INTERACTIVE, "m", 1, now));
    }

    private static Capacity owned(Provider provider) {
        var capacity = new Capacity(provider);
        capacity.own(Set.of(0), 1, 0);
        return capacity;
    }

    private static Provider provider(int calls, int keys, Map<String, Quota> models) {
        return new Provider("acme", ProviderKind.OPENAI, URI.create("http://acme.test"), new Secret("a"), calls,
                Provider.Timeouts.DEFAULT, IntStream.range(1, keys).mapToObj(i -> new Secret("key" + i)).toList(),
                new Quotas(Quota.UNLIMITED, models, Quota.UNLIMITED, 50));
    }
}
