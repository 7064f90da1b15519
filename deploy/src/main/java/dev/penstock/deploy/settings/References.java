package dev.penstock.deploy.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code ${env:NAME}} and {@code ${file:PATH}} stand for. The only place where settings look outside their file. */
final class References {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");

    private final Map<String, String> environment;

    References(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Whether a variable is there and is not empty. */
    boolean isSet(String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }

    /** The text with its references filled in; a reference to nothing is told of and becomes empty. */
    String resolve(String text, Consumer<String> problems) {
        return REFERENCE.matcher(text).replaceAll(found -> {
            String value = found.group(1).equals("env") ? environment.get(found.group(2)) : content(found.group(2));
            if (value == null) {
                problems.accept(found.group() + (found.group(1).equals("env") ? " is not set" : " cannot be read"));
            }
            return Matcher.quoteReplacement(value == null ? "" : value);
        });
    }

    /** The end of the last line is an editor's, not the secret's. */
    private static @Nullable String content(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException | InvalidPathException _) {
            return null;
        }
    }
}
