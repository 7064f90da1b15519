package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void aTenantGoesRoundItsPartitionsEvenly() {
        for (int partitions = 1; partitions <= 64; partitions++) {
            for (String tenant : new String[]{"default", "team", "a", "z-9"}) {
                var counts = new HashMap<Integer, Integer>();
                int own = Math.min(4, partitions);
                int most = partitions - 1;
                for (int turn = 0; turn < 5 * own; turn++) {
                    counts.merge(Spread.partition(tenant, partitions, 4, turn), 1, Integer::sum);
                }
                assertThat(counts).hasSize(own).allSatisfy((partition, count) -> {
                    assertThat(partition).isBetween(0, most);
                    assertThat(count).isEqualTo(5);
                });
            }
        }
    }

    @Test
    void turnsMayBeAnyNumber() {
        for (int turn : new int[]{Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE}) {
            assertThat(Spread.partition("team", 7, 4, turn)).isBetween(0, 6);
        }
    }

    @Test
    void fewTenantsShareAllTheirPartitions() {
        Set<Set<Integer>> hands = new HashSet<>();
        int[] load = new int[16];
        for (int tenant = 0; tenant < 1_000; tenant++) {
            String name = "tenant-" + tenant;
            Set<Integer> hand = IntStream.range(0, 4).map(turn -> Spread.partition(name, 16, 4, turn)).boxed()
                    .collect(Collectors.toSet());
            hands.add(hand);
            hand.forEach(partition -> load[partition]++);
        }
        assertThat(hands.size()).isGreaterThan(50);
        assertThat(IntStream.of(load).boxed()).allSatisfy(tenants -> assertThat(tenants).isBetween(190, 310));
    }
}
