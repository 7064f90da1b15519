package dev.penstock.ingress.report;

import dev.penstock.schemas.event.Spend;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Spend, summed up.
 *
 * @param by what the rows are split by
 * @param rows in order; the values of a row's dimensions and what was spent
 */
public record Report(List<Dimension> by, SortedMap<List<String>, Totals> rows) {
    private static final Comparator<List<String>> ORDER = (one, other) -> {
        for (int i = 0; i < one.size(); i++) {
            int order = one.get(i).compareTo(other.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    };

    /** A report on these sums, split by these dimensions in this order. */
    public static Report of(Collection<Spend> spends, List<Dimension> by) {
        var rows = new TreeMap<List<String>, Totals>(ORDER);
        for (Spend spend : spends) {
            List<String> row = by.stream().map(dimension -> dimension.of(spend)).toList();
            rows.put(row, rows.getOrDefault(row, Totals.NONE).plus(spend));
        }
        return new Report(by, rows);
    }

    /** The sum of all rows. */
    public Totals total() {
        return rows.values().stream().reduce(Totals.NONE, Totals::plus);
    }
}
