package dev.penstock.deploy.settings;

import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
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
        return read(key, null, Rule.TEXT);
    }

    String text(String key, String otherwise) {
        return read(key, otherwise, Rule.TEXT);
    }

    int positive(String key, @Nullable Integer otherwise) {
        return read(key, otherwise, Rule.POSITIVE);
    }

    int notNegative(String key, @Nullable Integer otherwise) {
        return read(key, otherwise, Rule.NOT_NEGATIVE);
    }

    int port(String key) {
        return read(key, null, Rule.PORT);
    }

    /** US dollars for a million tokens, as nano-US-dollars for a million tokens. */
    long dollars(String key, @Nullable Long otherwise) {
        return read(key, otherwise, Rule.DOLLARS);
    }

    /** US dollars, such as {@code 5.00 USD}, as nano-US-dollars; null if there is no such setting. */
    @Nullable
    Long money(String key) {
        return has(key) ? read(key, null, Rule.MONEY) : null;
    }

    Duration duration(String key, @Nullable Duration otherwise) {
        return read(key, otherwise, Rule.DURATION);
    }

    Duration positiveDuration(String key, @Nullable Duration otherwise) {
        return read(key, otherwise, Rule.POSITIVE_DURATION);
    }

    Duration durationOfAtLeast(String key, Duration least) {
        return read(key, null, Rule.durationOfAtLeast(least));
    }

    /** In bytes. */
    int size(String key) {
        return read(key, null, Rule.SIZE);
    }

    /** In bytes, of what is never in memory. */
    long largeSize(String key) {
        return read(key, null, Rule.LARGE_SIZE);
    }

    ZoneId zone(String key, ZoneId otherwise) {
        return read(key, otherwise, Rule.zone(otherwise));
    }

    URI url(String key) {
        return read(key, null, Rule.URL);
    }

    /** Percentages from 1 to 100. */
    List<Integer> percentages(String key, List<Integer> otherwise) {
        return has(key) ? readAll(key, Rule.PERCENTAGE) : otherwise;
    }

    <E extends Enum<E>> E oneOf(String key, Class<E> type) {
        return read(key, null, Rule.constant(type));
    }

    /** One of an enum's constants, written in lower case. */
    <E extends Enum<E>> E word(String key, Class<E> type) {
        return read(key, null, Rule.word(type));
    }

    /** A list of an enum's constants, each written in lower case. */
    <E extends Enum<E>> Set<E> words(String key, Class<E> type) {
        var words = EnumSet.noneOf(type);
        words.addAll(readAll(key, Rule.word(type)));
        return words;
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

    /**
     * A value that is there, or {@code otherwise}, or, if there is none or it is wrong, a problem and the stand-in.
     *
     * @param otherwise null if there must be one
     */
    private <T> T read(String key, @Nullable T otherwise, Rule<T> rule) {
        String text = textOrNull(key);
        if (text == null) {
            if (otherwise == null) {
                problem(key, "is missing");
            }
            return otherwise == null ? rule.standIn() : otherwise;
        }
        return read(key, text, String.valueOf(values.get(key)), rule);
    }

    /** The values of a list; for each that is wrong, a problem and the stand-in. */
    private <T> List<T> readAll(String key, Rule<T> rule) {
        return items(key).stream().map(item -> read(key, resolve(key, item), String.valueOf(item), rule)).toList();
    }

    /** @param written what of the value a problem shows */
    private <T> T read(String key, String text, String written, Rule<T> rule) {
        T value = rule.read(text);
        if (value != null) {
            return value;
        }
        problem(key, (written.isBlank() ? "" : written + " ") + rule.says());
        return rule.standIn();
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
