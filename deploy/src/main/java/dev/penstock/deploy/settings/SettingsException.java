package dev.penstock.deploy.settings;

import java.util.List;

/** Settings that cannot be used: every problem, each with the path of its setting. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    SettingsException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** One line each; no secret is in them. */
    public List<String> problems() {
        return problems;
    }
}
