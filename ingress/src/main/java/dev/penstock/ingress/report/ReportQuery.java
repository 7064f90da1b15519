package dev.penstock.ingress.report;

import dev.penstock.schemas.bus.ApiError;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What {@code GET /v1/usage} is asked for.
 *
 * @param start the first day, of the tenant's
 * @param end the last day
 * @param by what to split by
 */
public record ReportQuery(LocalDate start, LocalDate end, List<Dimension> by) {
    /** A query, or what is wrong with it. */
    public sealed interface Parsed {
        /** To be answered. */
        record Valid(ReportQuery query) implements Parsed {}

        /** To be refused. */
        record Invalid(ApiError error) implements Parsed {}
    }

    private static final int MOST_DAYS = 366;
    private static final Map<String, Dimension> DIMENSIONS = Arrays.stream(Dimension.values())
            .collect(Collectors.toMap(Dimension::word, Function.identity()));

    /**
     * Reads {@code start_date}, {@code end_date} (inclusive; today unless given) and {@code group_by} (everything
     * unless given).
     */
    public static Parsed parse(Map<String, List<String>> given, LocalDate today) {
        var parameters = new Parameters(given);
        LocalDate end = parameters.date("end_date", today);
        LocalDate start = parameters.date("start_date", today.isBefore(end) ? today : end);
        long days = ChronoUnit.DAYS.between(start, end) + 1;
        if (days < 1 || days > MOST_DAYS) {
            parameters.refuse("start_date", "must be up to " + MOST_DAYS + " days before end_date");
        }
        List<Dimension> by = parameters.choices("group_by", DIMENSIONS.keySet()).stream()
                .map(word -> Dimension.valueOf(word.toUpperCase(Locale.ROOT))).toList();
        ApiError error = parameters.error();
        return error != null
                ? new Parsed.Invalid(error)
                : new Parsed.Valid(new ReportQuery(start, end, by.isEmpty()
                        ? List.of(Dimension.DAY, Dimension.KEY, Dimension.MODEL, Dimension.PROVIDER, Dimension.LANE)
                        : by));
    }
}
