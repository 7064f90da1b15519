package dev.penstock.deploy.settings;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of the YAML tree while it is read. Each look-up notes what is wrong and goes on with a stand-in, so that
 * all problems are found in one go; {@link #end} notes the keys that nobody asked for.
 */
final class Section {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB)?");

    private final Map<String, Object> values;
    private final String path;
    private final Map<String, String> environment;
    private final List<String> problems;
    private final Set<String> asked = new HashSet<>();

    Section(Map<String, Object> values, String path, Map<String, String> environment, List<String> problems) {
        this.values = values;
        this.path = path;
        this.environment = environment;
        this.problems = problems;
    }

    Section section(String key) {
        return new Section(map(key), path(key), environment, problems);
    }

    /** The sections of a mapping whose keys are names, in their order. */
    Map<String, Section> sections(String key) {
        var sections = new LinkedHashMap<String, Section>();
        Section all = section(key);
        all.values.keySet().forEach(name -> sections.put(name, all.section(name)));
        return sections;
    }

    /** The sections of a list. */
    List<Section> list(String key) {
        var sections = new ArrayList<Section>();
        int index = 0;
        for (Object item : items(key)) {
            String at = path(key) + "[" + index++ + "]";
            sections.add(new Section(asMap(item, at), at, environment, problems));
        }
        return sections;
    }

    List<String> texts(String key) {
        return items(key).stream().map(item -> resolve(String.valueOf(item), path(key))).toList();
    }

    Map<String, String> textMap(String key) {
        var texts = new LinkedHashMap<String, String>();
        map(key).forEach((name, value) -> texts.put(name, resolve(String.valueOf(value), path(key) + "." + name)));
        return texts;
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    @Nullable
    String textOrNull(String key) {
        asked.add(key);
        Object value = values.get(key);
        return value == null ? null : resolve(String.valueOf(value), path(key));
    }

    String text(String key, String otherwise) {
        String value = textOrNull(key);
        return value == null ? otherwise : value;
    }

    String text(String key) {
        String value = textOrNull(key);
        if (value == null) {
            problem(key, "is missing");
            return "";
        }
        return value;
    }

    int number(String key, int otherwise) {
        Integer value = numberOrNull(key);
        return value == null ? otherwise : value;
    }

    @Nullable
    Integer numberOrNull(String key) {
        String value = textOrNull(key);
        try {
            return value == null ? null : Integer.valueOf(value);
        } catch (NumberFormatException e) {
            problem(key, "'" + value + "' must be a whole number");
            return null;
        }
    }

    /** US dollars for a million tokens, as nano-US-dollars for a million tokens. */
    @Nullable
    Long dollars(String key) {
        String value = textOrNull(key);
        try {
            return value == null ? null : new BigDecimal(value).movePointRight(9).longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            problem(key, "'" + value + "' must be a number of dollars with at most nine decimals");
            return null;
        }
    }

    Duration duration(String key, Duration otherwise) {
        String value = textOrNull(key);
        if (value == null) {
            return otherwise;
        }
        Matcher matcher = DURATION.matcher(value);
        if (!matcher.matches()) {
            problem(key, "'" + value + "' must be a duration such as 500ms, 30s or 5m");
            return otherwise;
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    int size(String key, int otherwise) {
        String value = textOrNull(key);
        if (value == null) {
            return otherwise;
        }
        Matcher matcher = SIZE.matcher(value);
        if (!matcher.matches()) {
            problem(key, "'" + value + "' must be a size such as 64KiB or 32MiB");
            return otherwise;
        }
        int shift = "MiB".equals(matcher.group(2)) ? 20 : "KiB".equals(matcher.group(2)) ? 10 : 0;
        long bytes = Long.parseLong(matcher.group(1)) << shift;
        if (bytes > Integer.MAX_VALUE / 2) {
            problem(key, "'" + value + "' must be less than 1024MiB");
            return otherwise;
        }
        return (int) bytes;
    }

    <E extends Enum<E>> E oneOf(String key, Class<E> type, E otherwise) {
        String value = text(key);
        try {
            return value.isEmpty() ? otherwise : Enum.valueOf(type, value);
        } catch (IllegalArgumentException e) {
            problem(key, "'" + value + "' must be one of " + List.of(type.getEnumConstants()));
            return otherwise;
        }
    }

    /** Makes a record of what was read; what its constructor refuses is a problem of this section. */
    <T> @Nullable T make(Supplier<T> constructor) {
        end();
        try {
            return constructor.get();
        } catch (IllegalArgumentException e) {
            problems.add((path.isEmpty() ? "" : path + ".") + e.getMessage());
            return null;
        }
    }

    /** Notes the keys that nobody asked for. */
    void end() {
        for (String key : values.keySet()) {
            if (!asked.contains(key)) {
                String near = asked.stream().filter(known -> known.equalsIgnoreCase(key) || known.startsWith(key)
                        || key.startsWith(known)).findFirst().map(known -> "; did you mean " + known + "?").orElse("");
                problem(key, "there is no such setting" + near);
            }
        }
    }

    void problem(String key, String what) {
        problems.add(path(key) + ": " + what);
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private Map<String, Object> map(String key) {
        asked.add(key);
        Object value = values.get(key);
        return value == null ? Map.of() : asMap(value, path(key));
    }

    private Map<String, Object> asMap(@Nullable Object value, String at) {
        if (!(value instanceof Map<?, ?> map)) {
            problems.add(at + ": must be a mapping");
            return Map.of();
        }
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, item) -> {
            if (item != null) {
                copy.put(String.valueOf(key), item);
            }
        });
        return copy;
    }

    private List<?> items(String key) {
        asked.add(key);
        Object value = values.get(key);
        if (value == null || value instanceof List<?>) {
            return value == null ? List.of() : (List<?>) value;
        }
        problem(key, "must be a list");
        return List.of();
    }

    private String resolve(String text, String at) {
        return REFERENCE.matcher(text).replaceAll(found -> {
            String name = found.group(2);
            String value = found.group(1).equals("env") ? environment.get(name) : content(name);
            if (value == null) {
                problems.add(at + ": " + found.group(1) + " " + name + " cannot be read");
            }
            return Matcher.quoteReplacement(value == null ? "" : value);
        });
    }

    private static @Nullable String content(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            return null;
        }
    }
}
