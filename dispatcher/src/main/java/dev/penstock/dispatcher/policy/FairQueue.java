package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.Lane;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one provider: interactive before batch, and within a lane the tenants in deficit round robin by their
 * weights (Shreedhar and Varghese, 1995; every item costs 1, so a tenant's turn is as many items as its weight). Within
 * a tenant and lane first in, first out among the items that may go; items are of kinds, such as the model they are for,
 * of which one may have to wait while another may go. Who is passed over keeps its turn. Not thread-safe.
 */
public final class FairQueue<T> {
    private final int limit;
    private final ToIntFunction<String> weightOf;
    private final Function<? super T, String> kindOf;
    private final Round interactive = new Round();
    private final Round batch = new Round();
    private long added;

    /**
     * @param limit how many items of one tenant may wait in one lane; a lane of its own, so that a tenant's batch does
     *     not keep out its interactive requests
     * @param weightOf a tenant's weight, positive; asked at the beginning of each of its turns
     * @param kindOf an item's kind; few of a tenant's wait at a time
     */
    public FairQueue(int limit, ToIntFunction<String> weightOf, Function<? super T, String> kindOf) {
        this.limit = limit;
        this.weightOf = weightOf;
        this.kindOf = kindOf;
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

    /**
     * Takes out the item whose turn it is among those that may go; empty if there is none.
     *
     * @param ready whether an item may go; asked of the first of each kind
     */
    public Optional<T> poll(Predicate<? super T> ready) {
        return interactive.poll(ready).or(() -> batch.poll(ready));
    }

    /** How many items of a tenant wait in a lane. */
    public int size(String tenant, Lane lane) {
        return round(lane).size(tenant);
    }

    /** How many items wait in a lane. */
    public int size(Lane lane) {
        return round(lane).size;
    }

    /** Of how many tenants something waits in a lane. */
    public int tenants(Lane lane) {
        return round(lane).turns.size();
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

    private Round round(Lane lane) {
        return switch (lane) {
            case INTERACTIVE -> interactive;
            case BATCH -> batch;
        };
    }

    /** An item with its place among all of a tenant's. */
    private record Placed<T>(long place, T item) {}

    /** The tenants of a lane that have something waiting, in the order of their turns. */
    private final class Round {
        final LinkedHashMap<String, Line> turns = new LinkedHashMap<>();
        int size;

        void add(String tenant, T item) {
            turns.computeIfAbsent(tenant, Line::new).add(item);
            size++;
        }

        Optional<T> poll(Predicate<? super T> ready) {
            for (Line line : turns.values()) {
                T item = line.poll(ready);
                if (item != null) {
                    size--;
                    turnTaken(line);
                    return Optional.of(item);
                }
            }
            return Optional.empty();
        }

        private void turnTaken(Line line) {
            if (line.deficit == 0) {
                line.deficit = weightOf.applyAsInt(line.tenant);
            }
            line.deficit--;
            if (line.size == 0) {
                turns.remove(line.tenant);
            } else if (line.deficit <= 0) {
                line.deficit = 0;
                turns.putLast(line.tenant, line);
            }
        }

        int size(String tenant) {
            var line = turns.get(tenant);
            return line == null ? 0 : line.size;
        }

        void removeIf(Predicate<? super T> predicate) {
            for (Iterator<Line> each = turns.values().iterator(); each.hasNext();) {
                var line = each.next();
                size -= line.removeIf(predicate);
                if (line.size == 0) {
                    each.remove();
                }
            }
        }
    }

    /** What waits for one tenant. The deficit is what is left of its turn; one that runs empty keeps none of it. */
    private final class Line {
        final String tenant;
        final Map<String, Queue<Placed<T>>> kinds = new HashMap<>(2);
        int size;
        int deficit;

        Line(String tenant) {
            this.tenant = tenant;
        }

        void add(T item) {
            kinds.computeIfAbsent(kindOf.apply(item), _ -> new ArrayDeque<>()).add(new Placed<>(added++, item));
            size++;
        }

        @Nullable
        T poll(Predicate<? super T> ready) {
            Queue<Placed<T>> first = null;
            for (var kind : kinds.values()) {
                var head = kind.element();
                if ((first == null || head.place() < first.element().place()) && ready.test(head.item())) {
                    first = kind;
                }
            }
            if (first == null) {
                return null;
            }
            T item = first.remove().item();
            size--;
            if (first.isEmpty()) {
                kinds.remove(kindOf.apply(item));
            }
            return item;
        }

        int removeIf(Predicate<? super T> predicate) {
            int before = size;
            kinds.values().removeIf(items -> {
                int had = items.size();
                items.removeIf(placed -> predicate.test(placed.item()));
                size -= had - items.size();
                return items.isEmpty();
            });
            return before - size;
        }
    }
}
