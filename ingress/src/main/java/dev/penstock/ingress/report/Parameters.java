package dev.penstock.ingress.report;

import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The parameters of a query. Reads on over a bad one, and remembers the first. */
final class Parameters {
    private final Map<String, List<String>> given;
    private @Nullable ApiError error;

    Parameters(Map<String, List<String>> given) {
        this.given = given;
    }

    /** What is wrong, or null. */
    @Nullable
    ApiError error() {
        return error;
    }

    void refuse(String name, String rule) {
        if (error == null) {
            error = Refusals.invalidParameter(name, rule);
        }
    }

    /** The values of a list, given as {@code name}, {@code name[]} or with commas; empty if there are none. */
    List<String> list(String name) {
        List<String> plain = given.getOrDefault(name, List.of());
        return (plain.isEmpty() ? given.getOrDefault(name + "[]", List.of()) : plain).stream()
                .flatMap(value -> List.of(value.split(",")).stream()).filter(value -> !value.isEmpty()).toList();
    }

    @Nullable
    String text(String name) {
        List<String> values = given.getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.getFirst();
    }

    List<String> choices(String name, Set<String> allowed) {
        List<String> values = list(name);
        if (!allowed.containsAll(values)) {
            refuse(name, "must be of " + allowed.stream().sorted().collect(Collectors.joining(", ")));
        }
        return values.stream().filter(allowed::contains).distinct().toList();
    }

    LocalDate date(String name, LocalDate otherwise) {
        return parsed(name, otherwise, LocalDate::parse, "must be a date such as 2026-11-24");
    }

    long number(String name, long otherwise, long least, long most) {
        String rule = "must be a number from " + least + " to " + most;
        long value = parsed(name, otherwise, Long::valueOf, rule);
        if (value < least || value > most) {
            refuse(name, rule);
            return otherwise;
        }
        return value;
    }

    private <T> T parsed(String name, T otherwise, Function<String, T> parser, String rule) {
        String value = text(name);
        try {
            return value == null ? otherwise : parser.apply(value);
        } catch (DateTimeParseException | NumberFormatException _) {
            refuse(name, rule);
            return otherwise;
        }
    }
}
