package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.Lane;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * What waits for one provider: interactive before batch, and within a lane the tenants in deficit round robin by their
 * weights (Shreedhar and Varghese, 1995; every item costs 1, so a tenant's turn is as many items as its weight). Within
 * a tenant and lane first in, first out. All steps but removal are O(1). Not thread-safe.
 */
public final class FairQueue<T> {
    private final int limit;
    private final ToIntFunction<String> weightOf;
    private final Round<T> interactive = new Round<>();
    private final Round<T> batch = new Round<>();

    /**
     * @param limit how many items of one tenant may wait in one lane; a lane of its own, so that a tenant's batch does
     *     not keep out its interactive requests
     * @param weightOf a tenant's weight, positive; asked at the beginning of each of its turns
     */
    public FairQueue(int limit, ToIntFunction<String> weightOf) {
        this.limit = limit;
        this.weightOf = weightOf;
    }

    /**
     * Adds an item and tells whether there was room for it. It is added in any case, since a record that was polled
     * cannot be given back: without room its partition is to be paused until {@link #hasRoom}, and the queue goes
     * beyond its limit by no more than what was polled before that.
     */
    public boolean offer(String tenant, Lane lane, T item) {
        boolean room = hasRoom(tenant, lane);
        round(lane).add(tenant, item);
        return room;
    }

    /** Whether fewer items of this tenant wait in this lane than the limit. */
    public boolean hasRoom(String tenant, Lane lane) {
        return round(lane).size(tenant) < limit;
    }

    /** Takes out the item whose turn it is; empty if nothing waits. */
    public Optional<T> poll() {
        return interactive.poll(weightOf).or(() -> batch.poll(weightOf));
    }

    /** How many items of a tenant wait in a lane. */
    public int size(String tenant, Lane lane) {
        return round(lane).size(tenant);
    }

    /** How many items wait in all. */
    public int size() {
        return interactive.size + batch.size;
    }

    /** Removes items, as those of a partition that another worker has now, and tells how many. Looks at every item. */
    public int removeIf(Predicate<? super T> predicate) {
        int before = size();
        interactive.removeIf(predicate);
        batch.removeIf(predicate);
        return before - size();
    }

    private Round<T> round(Lane lane) {
        return switch (lane) {
            case INTERACTIVE -> interactive;
            case BATCH -> batch;
        };
    }

    /** The tenants of a lane that have something waiting, in the order of their turns. */
    private static final class Round<T> {
        final ArrayDeque<Line<T>> turns = new ArrayDeque<>();
        final Map<String, Line<T>> byTenant = new HashMap<>();
        int size;

        void add(String tenant, T item) {
            var line = byTenant.get(tenant);
            if (line == null) {
                line = new Line<>(tenant);
                byTenant.put(tenant, line);
                turns.addLast(line);
            }
            line.items.add(item);
            size++;
        }

        Optional<T> poll(ToIntFunction<String> weightOf) {
            var line = turns.peek();
            if (line == null) {
                return Optional.empty();
            }
            if (line.deficit == 0) {
                line.deficit = weightOf.applyAsInt(line.tenant);
            }
            T item = line.items.remove();
            line.deficit--;
            size--;
            if (line.items.isEmpty()) {
                turns.remove();
                byTenant.remove(line.tenant);
            } else if (line.deficit <= 0) {
                line.deficit = 0;
                turns.addLast(turns.remove());
            }
            return Optional.of(item);
        }

        int size(String tenant) {
            var line = byTenant.get(tenant);
            return line == null ? 0 : line.items.size();
        }

        void removeIf(Predicate<? super T> predicate) {
            for (Iterator<Line<T>> each = turns.iterator(); each.hasNext();) {
                var line = each.next();
                int before = line.items.size();
                line.items.removeIf(predicate);
                size -= before - line.items.size();
                if (line.items.isEmpty()) {
                    each.remove();
                    byTenant.remove(line.tenant);
                }
            }
        }
    }

    /** What waits for one tenant. The deficit is what is left of its turn; one that runs empty keeps none of it. */
    private static final class Line<T> {
        final String tenant;
        final Queue<T> items = new ArrayDeque<>();
        int deficit;

        Line(String tenant) {
            this.tenant = tenant;
        }
    }
}
