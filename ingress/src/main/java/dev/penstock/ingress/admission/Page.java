package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is asked for, in the parameters {@code limit}, {@code order} and {@code after}. Pure.
 *
 * @param error what is wrong with them, or null
 */
public record Page(int limit, boolean ascending, @Nullable String after, @Nullable ApiError error) {
    /** A part of a list, and whether there is more after it. */
    public record Slice<T>(List<T> items, boolean hasMore) {}

    /** Reads the parameters of a query. */
    public static Page of(Map<String, List<String>> query, int usual, int most) {
        String limit = first(query, "limit");
        String order = first(query, "order");
        String after = first(query, "after");
        if (limit != null && (!limit.matches("\\d{1,9}") || Integer.parseInt(limit) < 1
                || Integer.parseInt(limit) > most)) {
            return new Page(usual, false, null,
                    Refusals.invalidParameter("limit", "must be a number from 1 to " + most));
        }
        if (order != null && !order.equals("asc") && !order.equals("desc")) {
            return new Page(usual, false, null, Refusals.invalidParameter("order", "must be asc or desc"));
        }
        return new Page(limit == null ? usual : Integer.parseInt(limit), "asc".equals(order), after, null);
    }

    /** The part of a list that stands here with the oldest first. After an id that is not in it there is nothing. */
    public <T> Slice<T> slice(List<T> oldestFirst, Function<T, String> id) {
        List<T> all = ascending ? oldestFirst : oldestFirst.reversed();
        List<T> rest = after == null
                ? all
                : all.stream().dropWhile(item -> !id.apply(item).equals(after)).skip(1).toList();
        return new Slice<>(rest.stream().limit(limit).toList(), rest.size() > limit);
    }

    private static @Nullable String first(Map<String, List<String>> query, String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.getFirst();
    }
}
