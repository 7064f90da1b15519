package dev.penstock.deploy.settings;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of the YAML tree while it is read. Each look-up notes what is wrong and goes on with a stand-in, so that
 * all problems are found in one go; {@link #end} notes the keys that nobody asked for. A problem shows a value as it is
 * written in the file, never what a reference in it stands for.
 */
final class Section {
    private final Map<String, Object> values;
    private final String path;
    private final References references;
    private final List<String> problems;
    private final Set<String> asked = new HashSet<>();
    private boolean troubled;

    Section(Map<String, Object> values, String path, References references, List<String> problems) {
        this.values = values;
        this.path = path;
        this.references = references;
        this.problems = problems;
    }

    Section section(String key) {
        return new Section(map(key), path(key), references, problems);
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
        for (Object item : items(key)) {
            String name = key + "[" + sections.size() + "]";
            sections.add(new Section(asMap(item, name), path(name), references, problems));
        }
        return sections;
    }

    List<String> texts(String key) {
        return items(key).stream().map(item -> resolve(key, item)).toList();
    }

    Map<String, String> textMap(String key) {
        var texts = new LinkedHashMap<String, String>();
        map(key).forEach((name, value) -> texts.put(name, resolve(key + "." + name, value)));
        return texts;
    }

    boolean has(String key) {
        asked.add(key);
        return values.get(key) != null;
    }

    @Nullable
    String textOrNull(String key) {
        return has(key) ? resolve(key, values.get(key)) : null;
    }

    String text(String key) {
        return read(key, null, "", "must not be blank", text -> text.isBlank() ? null : text);
    }

    String text(String key, String otherwise) {
        return read(key, otherwise, otherwise, "must not be blank", text -> text.isBlank() ? null : text);
    }

    int positive(String key, @Nullable Integer otherwise) {
        return read(key, otherwise, 1, "must be positive", text -> whole(text, 1, Integer.MAX_VALUE));
    }

    int notNegative(String key, @Nullable Integer otherwise) {
        return read(key, otherwise, 0, "must not be negative", text -> whole(text, 0, Integer.MAX_VALUE));
    }

    int port(String key) {
        return read(key, null, 0, "must be between 0 and 65535", text -> whole(text, 0, 65_535));
    }

    /** US dollars for a million tokens, as nano-US-dollars for a million tokens. */
    long dollars(String key, @Nullable Long otherwise) {
        return read(key, otherwise, 0L, "must be dollars, not negative, with at most nine decimals", text -> {
            long nano = new BigDecimal(text).movePointRight(9).longValueExact();
            return nano < 0 ? null : nano;
        });
    }

    /** US dollars, such as {@code 5.00 USD}, as nano-US-dollars; null if there is no such setting. */
    @Nullable
    Long money(String key) {
        return has(key)
                ? read(key, null, 0L, "must be an amount such as 5.00 USD, not negative, with at most nine decimals",
                        text -> {
                            long nano = new BigDecimal(text.replaceFirst(" ?USD$", "")).movePointRight(9)
                                    .longValueExact();
                            return nano < 0 ? null : nano;
                        })
                : null;
    }

    Duration duration(String key, @Nullable Duration otherwise) {
        return read(key, otherwise, Duration.ZERO, "must be a duration such as 500ms, 30s or 5m", Quantities::duration);
    }

    Duration positiveDuration(String key, @Nullable Duration otherwise) {
        return read(key, otherwise, Duration.ofSeconds(1), "must be a positive duration such as 500ms, 30s or 5m",
                text -> {
                    Duration duration = Quantities.duration(text);
                    return duration == null || duration.isZero() ? null : duration;
                });
    }

    Duration durationOfAtLeast(String key, Duration least) {
        return read(key, null, least, "must be a duration of at least " + least.toSeconds() + "s", text -> {
            Duration duration = Quantities.duration(text);
            return duration == null || duration.compareTo(least) < 0 ? null : duration;
        });
    }

    /** In bytes. */
    int size(String key) {
        return read(key, null, 1, "must be a positive size such as 64KiB or 32MiB, less than 1024MiB", text -> {
            Long bytes = Quantities.bytes(text);
            return bytes == null || bytes >= 1L << 30 ? null : bytes.intValue();
        });
    }

    /** In bytes, of what is never in memory. */
    long largeSize(String key) {
        return read(key, null, 1L, "must be a positive size such as 200MiB or 100GiB", Quantities::bytes);
    }

    ZoneId zone(String key, ZoneId otherwise) {
        return read(key, otherwise, otherwise, "is no time zone", ZoneId::of);
    }

    URI url(String key) {
        return read(key, null, URI.create("http://localhost"), "must be an absolute http, https or h2c URL", text -> {
            URI url = new URI(text);
            boolean known = Set.of("http", "https", "h2c").contains(String.valueOf(url.getScheme()));
            return known && url.getHost() != null ? url : null;
        });
    }

    /** Percentages from 1 to 100. */
    List<Integer> percentages(String key, List<Integer> otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        return texts(key).stream().map(text -> {
            if (text.matches("[1-9]\\d?|100")) {
                return Integer.valueOf(text);
            }
            problem(key, text + " must be a percentage from 1 to 100");
            return 1;
        }).toList();
    }

    <E extends Enum<E>> E oneOf(String key, Class<E> type) {
        List<E> all = List.of(type.getEnumConstants());
        return read(key, null, all.getFirst(), "must be one of " + all, text -> Enum.valueOf(type, text));
    }

    /** One of an enum's constants, written in lower case. */
    <E extends Enum<E>> E word(String key, Class<E> type) {
        Map<String, E> words = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            words.put(lower(constant), constant);
        }
        return read(key, null, type.getEnumConstants()[0], "must be one of " + words.keySet(), words::get);
    }

    /** A list of an enum's constants, each written in lower case. */
    <E extends Enum<E>> Set<E> words(String key, Class<E> type) {
        var words = EnumSet.noneOf(type);
        for (Object item : items(key)) {
            String text = resolve(key, item);
            EnumSet.allOf(type).stream().filter(one -> lower(one).equals(text)).findFirst().ifPresentOrElse(words::add,
                    () -> problem(key, text + " must be one of "
                            + EnumSet.allOf(type).stream().map(Section::lower).toList()));
        }
        return words;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** A mapping of anything, as it is written. */
    Map<String, Object> tree(String key) {
        return map(key);
    }

    /** Makes a record of what was read, unless that was troubled; what its constructor refuses is a problem too. */
    <T> @Nullable T make(Supplier<T> constructor) {
        end();
        if (troubled) {
            return null;
        }
        try {
            return constructor.get();
        } catch (IllegalArgumentException e) {
            problems.add(path + "." + e.getMessage());
            return null;
        }
    }

    /** Notes the keys that nobody asked for. */
    void end() {
        for (String key : values.keySet()) {
            if (!asked.contains(key)) {
                problem(key, "there is no such setting" + Spelling.hint(key, asked));
            }
        }
    }

    void problem(String key, String what) {
        troubled = true;
        problems.add(path(key) + ": " + what);
    }

    /** How a text becomes a value: null, or an exception of these, if it is none. */
    private interface Reading<T> {
        @Nullable
        T of(String text) throws URISyntaxException;
    }

    /**
     * A value that is there, or {@code otherwise}, or, if there is none or it is wrong, a problem and the stand-in.
     *
     * @param otherwise null if there must be one
     */
    private <T> T read(String key, @Nullable T otherwise, T standIn, String rule, Reading<T> reading) {
        String text = textOrNull(key);
        if (text == null) {
            if (otherwise == null) {
                problem(key, "is missing");
            }
            return otherwise == null ? standIn : otherwise;
        }
        try {
            T value = reading.of(text);
            if (value != null) {
                return value;
            }
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException | URISyntaxException _) {
            // Told below, by the rule: the exception's message would show what a reference stands for.
        }
        String written = String.valueOf(values.get(key));
        problem(key, (written.isBlank() ? "" : written + " ") + rule);
        return standIn;
    }

    private static @Nullable Integer whole(String text, int least, int most) {
        int value = Integer.parseInt(text);
        return value < least || value > most ? null : value;
    }

    private String resolve(String key, @Nullable Object value) {
        return references.resolve(String.valueOf(value), what -> problem(key, what));
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private Map<String, Object> map(String key) {
        return has(key) ? asMap(values.get(key), key) : Map.of();
    }

    private Map<String, Object> asMap(@Nullable Object value, String key) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> present = YamlTree.withTextKeys(map);
            present.values().removeIf(item -> item == null);
            return present;
        }
        problem(key, "must be a mapping");
        return Map.of();
    }

    private List<?> items(String key) {
        Object value = has(key) ? values.get(key) : List.of();
        if (value instanceof List<?> list) {
            return list;
        }
        problem(key, "must be a list");
        return List.of();
    }
}
