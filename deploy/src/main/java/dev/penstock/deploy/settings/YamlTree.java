package dev.penstock.deploy.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The YAML of the settings, before anything in it has a meaning. */
final class YamlTree {
    private static final String DEFAULTS = "penstock.yaml";

    private YamlTree() {}

    /** The shipped defaults. */
    static Map<String, Object> defaults(List<String> problems) {
        try (InputStream in = Objects.requireNonNull(YamlTree.class.getResourceAsStream(DEFAULTS))) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), DEFAULTS, problems);
        } catch (IOException e) {
            throw new UncheckedIOException("the jar holds its defaults", e);
        }
    }

    static Map<String, Object> read(Path file, List<String> problems) {
        try {
            return parse(Files.readString(file), file.toString(), problems);
        } catch (IOException _) {
            problems.add(file + ": cannot be read");
            return Map.of();
        }
    }

    /** Mappings are merged key by key; of everything else the upper one counts, and nothing takes away what is below. */
    static Map<String, Object> overlay(Map<String, Object> lower, Map<String, Object> upper) {
        var merged = new LinkedHashMap<>(lower);
        upper.forEach((key, value) -> {
            if (merged.get(key) instanceof Map<?, ?> below && value instanceof Map<?, ?> above) {
                merged.put(key, overlay(withTextKeys(below), withTextKeys(above)));
            } else {
                merged.put(key, value);
            }
        });
        return merged;
    }

    static Map<String, Object> withTextKeys(Map<?, ?> map) {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }

    static Map<String, Object> parse(String yaml, String name, List<String> problems) {
        try {
            Object tree = new Load(LoadSettings.builder().setLabel(name).build()).loadFromString(yaml);
            if (tree instanceof Map<?, ?> map) {
                return withTextKeys(map);
            }
            if (tree != null) {
                problems.add(name + ": must be a mapping");
            }
        } catch (MarkedYamlEngineException e) {
            problems.add(name + at(e.getProblemMark().orElse(null)) + ": is no YAML: " + e.getProblem());
        } catch (YamlEngineException _) {
            problems.add(name + ": is no YAML");
        }
        return Map.of();
    }

    /** The place only: the parser's own message quotes the line, which may hold a key. */
    private static String at(@Nullable Mark mark) {
        return mark == null ? "" : ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }
}
