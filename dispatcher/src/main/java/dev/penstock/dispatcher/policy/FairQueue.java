package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.Lane;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What waits, a queue a tenant: interactive before batch; between tenants, deficit round robin by weight; within a
 * tenant, first come first served. Not thread-safe.
 *
 * @see <a href="https://dl.acm.org/doi/10.1145/217391.217453">Shreedhar and Varghese, Efficient fair queueing using deficit round robin</a>
 */
public final class FairQueue<T> {
    private final int limit;
    private final Map<Lane, Rounds<T>> lanes = new EnumMap<>(Lane.class);
    private final Map<String, Integer> sizes = new HashMap<>();

    /**
     * @param limit from which size on a tenant is said to be full
     * @param weight of a tenant: how many it may send in a round; positive
     */
    public FairQueue(int limit, ToIntFunction<String> weight) {
        this.limit = limit;
        for (Lane lane : Lane.values()) {
            lanes.put(lane, new Rounds<>(weight));
        }
    }

    /** Takes the item in whatever its tenant has waiting; false tells that the tenant is full now, so no more should come. */
    public boolean offer(String tenant, Lane lane, T item) {
        rounds(lane).add(tenant, item);
        return sizes.merge(tenant, 1, Integer::sum) < limit;
    }

    /** The next in turn, or null if nothing waits. */
    public @Nullable T poll() {
        for (Rounds<T> rounds : lanes.values()) {
            Entry<T> next = rounds.poll();
            if (next != null) {
                sizes.computeIfPresent(next.tenant(), (_, size) -> size == 1 ? null : size - 1);
                return next.item();
            }
        }
        return null;
    }

    /** Whether nothing waits. */
    public boolean isEmpty() {
        return sizes.isEmpty();
    }

    /** How many items of a tenant wait. */
    public int size(String tenant) {
        return sizes.getOrDefault(tenant, 0);
    }

    /** Takes out what matches. */
    public void removeIf(Predicate<T> which) {
        lanes.values().forEach(rounds -> rounds.removeIf(which));
        sizes.clear();
        lanes.values().forEach(rounds -> rounds.countInto(sizes));
    }

    private Rounds<T> rounds(Lane lane) {
        Rounds<T> rounds = lanes.get(lane);
        if (rounds == null) {
            throw new AssertionError("every lane has its rounds");
        }
        return rounds;
    }

    private record Entry<T>(String tenant, T item) {}

    /** The tenants of one lane that have something waiting, in the order of their turns. */
    private static final class Rounds<T> {
        private final ToIntFunction<String> weight;
        private final Map<String, ArrayDeque<T>> items = new HashMap<>();
        private final ArrayDeque<String> turns = new ArrayDeque<>();
        private int deficit;

        Rounds(ToIntFunction<String> weight) {
            this.weight = weight;
        }

        void add(String tenant, T item) {
            ArrayDeque<T> queue = items.get(tenant);
            if (queue == null) {
                queue = new ArrayDeque<>();
                items.put(tenant, queue);
                turns.add(tenant);
            }
            queue.add(item);
        }

        @Nullable
        Entry<T> poll() {
            String tenant = turns.peek();
            if (tenant == null) {
                return null;
            }
            if (deficit == 0) {
                deficit = weight.applyAsInt(tenant);
            }
            deficit--;
            ArrayDeque<T> queue = items.getOrDefault(tenant, new ArrayDeque<>());
            T item = queue.remove();
            if (queue.isEmpty()) {
                items.remove(tenant);
                turns.remove();
                deficit = 0;
            } else if (deficit == 0) {
                turns.add(turns.remove());
            }
            return new Entry<>(tenant, item);
        }

        void removeIf(Predicate<T> which) {
            items.values().forEach(queue -> queue.removeIf(which));
            items.values().removeIf(ArrayDeque::isEmpty);
            turns.retainAll(items.keySet());
            deficit = 0;
        }

        void countInto(Map<String, Integer> sizes) {
            items.forEach((tenant, queue) -> sizes.merge(tenant, queue.size(), Integer::sum));
        }
    }
}
