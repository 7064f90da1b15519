package dev.penstock.dispatcher.policy;

import static dev.penstock.schemas.event.Lane.BATCH;
import static dev.penstock.schemas.event.Lane.INTERACTIVE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Lane;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FairQueueTest {
    private record Item(String tenant, Lane lane, int number) {}

    @Test
    void givesNothingWhenEmpty() {
        assertThat(new FairQueue<Item>(1, _ -> 1, _ -> "").poll(_ -> true)).isEmpty();
    }

    @Test
    void putsInteractiveBeforeBatchOfWhomever() {
        var queue = new FairQueue<Item>(9, _ -> 3, _ -> "");
        offer(queue, "a", BATCH, 0, 2);
        offer(queue, "b", INTERACTIVE, 0, 2);
        assertThat(drain(queue)).extracting(Item::lane).containsExactly(INTERACTIVE, INTERACTIVE, BATCH, BATCH);
    }

    @Test
    void saysWhenATenantHasNoRoomButKeepsTheItem() {
        var queue = new FairQueue<Item>(2, _ -> 1, _ -> "");
        offer(queue, "a", BATCH, 0, 2);
        assertThat(queue.offer("a", BATCH, new Item("a", BATCH, 2))).isFalse();
        assertThat(queue.hasRoom("a", BATCH)).isFalse();
        assertThat(queue.offer("a", INTERACTIVE, new Item("a", INTERACTIVE, 0))).isTrue();
        assertThat(queue.offer("b", BATCH, new Item("b", BATCH, 0))).isTrue();
        assertThat(queue.size("a", BATCH)).isEqualTo(3);
        drain(queue);
        assertThat(queue.hasRoom("a", BATCH)).isTrue();
    }

    @Test
    void givesTurnsAsLongAsTheWeight() {
        var weights = Map.of("a", 1, "b", 3);
        var queue = new FairQueue<Item>(100, weights::get, _ -> "");
        offer(queue, "a", INTERACTIVE, 0, 4);
        offer(queue, "b", INTERACTIVE, 0, 12);
        assertThat(drain(queue)).extracting(Item::tenant).containsExactly("a", "b", "b", "b", "a", "b", "b", "b", "a",
                "b", "b", "b", "a", "b", "b", "b");
    }

    @Test
    void sharesEquallyWhileOneTenantFloods() {
        var random = new Random(2);
        var queue = new FairQueue<Item>(100_000, _ -> 1, _ -> "");
        var served = new HashMap<String, Integer>();
        offer(queue, "flood", INTERACTIVE, 0, 50_000);
        for (int round = 0; round < 10_000; round++) {
            for (String tenant : List.of("a", "b", "c")) {
                if (queue.size(tenant, INTERACTIVE) < 5) {
                    offer(queue, tenant, INTERACTIVE, round, round + 1 + random.nextInt(3));
                }
            }
            queue.poll(_ -> true).ifPresent(item -> served.merge(item.tenant(), 1, Integer::sum));
        }
        assertThat(jain(served.values().stream().mapToInt(Integer::intValue).toArray())).isGreaterThan(0.999);
    }

    @Test
    void losesNothingAndKeepsTheOrderWithinATenantAndLane() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            var queue = new FairQueue<Item>(20, tenant -> 1 + tenant.charAt(0) % 5, _ -> "");
            var expected = new HashMap<String, List<Item>>();
            for (int step = 0; step < 2_000; step++) {
                if (random.nextInt(3) > 0) {
                    String tenant = String.valueOf((char) ('a' + random.nextInt(6)));
                    var item = new Item(tenant, random.nextBoolean() ? INTERACTIVE : BATCH, step);
                    boolean room = queue.hasRoom(tenant, item.lane());
                    assertThat(queue.offer(tenant, item.lane(), item)).isEqualTo(room);
                    expected.computeIfAbsent(tenant + item.lane(), _ -> new ArrayList<>()).add(item);
                } else if (random.nextInt(100) == 0) {
                    int digit = random.nextInt(10);
                    int removed = queue.removeIf(item -> item.number() % 10 == digit);
                    int before = count(expected);
                    expected.values().forEach(line -> line.removeIf(item -> item.number() % 10 == digit));
                    assertThat(removed).isEqualTo(before - count(expected));
                } else {
                    queue.poll(_ -> true).ifPresent(item -> assertNext(expected, item));
                }
                assertThat(queue.size()).isEqualTo(count(expected));
            }
            drain(queue).forEach(item -> assertNext(expected, item));
            assertThat(count(expected)).isZero();
        }
    }

    @Test
    void letsAnotherKindGoWhileOneMustWaitAndKeepsTheTurnOfWhoIsPassedOver() {
        var queue = new FairQueue<Item>(9, _ -> 1, item -> item.number() % 2 == 0 ? "even" : "odd");
        offer(queue, "a", INTERACTIVE, 0, 4);
        offer(queue, "b", INTERACTIVE, 1, 2);
        assertThat(queue.poll(item -> item.number() % 2 == 1)).contains(new Item("a", INTERACTIVE, 1));
        assertThat(queue.poll(item -> item.number() % 2 == 0)).contains(new Item("a", INTERACTIVE, 0));
        assertThat(queue.poll(_ -> false)).isEmpty();
        assertThat(drain(queue)).containsExactly(new Item("b", INTERACTIVE, 1), new Item("a", INTERACTIVE, 2),
                new Item("a", INTERACTIVE, 3));
    }

    private static void assertNext(Map<String, List<Item>> expected, Item item) {
        if (item.lane() == BATCH) {
            assertThat(expected.entrySet())
                    .allMatch(e -> !e.getKey().endsWith("INTERACTIVE") || e.getValue().isEmpty());
        }
        assertThat(expected.getOrDefault(item.tenant() + item.lane(), new ArrayList<>()).removeFirst()).isEqualTo(item);
    }

    private static int count(Map<String, List<Item>> lines) {
        return lines.values().stream().mapToInt(List::size).sum();
    }

    private static void offer(FairQueue<Item> queue, String tenant, Lane lane, int from, int to) {
        IntStream.range(from, to)
                .forEach(n -> assertThat(queue.offer(tenant, lane, new Item(tenant, lane, n))).isTrue());
    }

    private static List<Item> drain(FairQueue<Item> queue) {
        return Stream.generate(() -> queue.poll(_ -> true)).takeWhile(Optional::isPresent).map(Optional::orElseThrow)
                .toList();
    }

    /** Jain's index: 1 if all have the same, 1/n if one has all. */
    private static double jain(int... shares) {
        double sum = IntStream.of(shares).sum();
        return sum * sum / (shares.length * IntStream.of(shares).mapToDouble(x -> (double) x * x).sum());
    }
}
