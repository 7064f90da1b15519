package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Lane;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairQueueTest {
    @Test
    void aTenantThatFloodsDelaysNobodyElse() {
        var queue = new FairQueue<String>(100_000, _ -> 1);
        for (int i = 0; i < 10_000; i++) {
            queue.offer("flood", Lane.INTERACTIVE, "flood");
        }
        for (int i = 0; i < 100; i++) {
            queue.offer("a", Lane.INTERACTIVE, "a");
            queue.offer("b", Lane.INTERACTIVE, "b");
        }

        Map<String, Integer> served = serve(queue, 300);
        double sum = served.values().stream().mapToInt(n -> n).sum();
        double squares = served.values().stream().mapToInt(n -> n * n).sum();
        assertThat(sum * sum / (served.size() * squares)).as("Jain's index").isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void tenantsAreServedByWeight() {
        var queue = new FairQueue<String>(1000, tenant -> tenant.equals("heavy") ? 3 : 1);
        for (int i = 0; i < 100; i++) {
            queue.offer("heavy", Lane.INTERACTIVE, "heavy");
            queue.offer("light", Lane.INTERACTIVE, "light");
        }

        assertThat(serve(queue, 80)).containsEntry("heavy", 60).containsEntry("light", 20);
    }

    @Test
    void interactiveComesBeforeBatchAndFirstComesFirst() {
        var queue = new FairQueue<Integer>(10, _ -> 1);
        queue.offer("a", Lane.BATCH, 3);
        queue.offer("a", Lane.INTERACTIVE, 1);
        queue.offer("a", Lane.INTERACTIVE, 2);

        assertThat(List.of(next(queue), next(queue), next(queue))).containsExactly(1, 2, 3);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.poll()).isNull();
    }

    @Test
    void tellsWhenATenantIsFull() {
        var queue = new FairQueue<Integer>(2, _ -> 1);

        assertThat(queue.offer("a", Lane.INTERACTIVE, 1)).isTrue();
        assertThat(queue.offer("a", Lane.INTERACTIVE, 2)).isFalse();
        assertThat(queue.offer("b", Lane.INTERACTIVE, 3)).isTrue();
    }

    @Test
    void whatIsTakenOutLeavesTheRestInOrder() {
        var queue = new FairQueue<Integer>(100, _ -> 1);
        for (int i = 0; i < 10; i++) {
            queue.offer(i % 2 == 0 ? "even" : "odd", Lane.INTERACTIVE, i);
        }
        queue.removeIf(i -> i % 2 == 0);

        var rest = new ArrayList<Integer>();
        while (!queue.isEmpty()) {
            rest.add(next(queue));
        }
        assertThat(rest).containsExactly(1, 3, 5, 7, 9);
    }

    @Test
    void thePartsOfAQuotaNeverAddUpToMoreThanTheWhole() {
        for (int limit = 1; limit <= 20; limit++) {
            for (int partitions = 1; partitions <= limit; partitions++) {
                int all = 0;
                for (int owner = 0; owner < partitions; owner++) {
                    var slots = new Slots(limit);
                    slots.share(1, partitions);
                    int taken = 0;
                    while (slots.tryTake()) {
                        taken++;
                    }
                    assertThat(taken).isPositive();
                    all += taken;
                }
                assertThat(all).isLessThanOrEqualTo(limit);
            }
        }
    }

    private static <T> T next(FairQueue<T> queue) {
        T item = queue.poll();
        if (item == null) {
            throw new AssertionError("something waits");
        }
        return item;
    }

    private static Map<String, Integer> serve(FairQueue<String> queue, int turns) {
        var served = new HashMap<String, Integer>();
        for (int i = 0; i < turns; i++) {
            served.merge(next(queue), 1, Integer::sum);
        }
        return served;
    }
}
