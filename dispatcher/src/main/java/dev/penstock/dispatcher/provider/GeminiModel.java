package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a model of Google's tells of what it takes.
 *
 * @param generation 15 for gemini-1.5, 30 for gemini-3; 0 if the name does not say, as aliases do not
 */
record GeminiModel(String name, int generation) {
    private static final Pattern NAME = Pattern.compile("(?:.*/)?gemini-(\\d)(?:\\.(\\d))?(?!\\d).*");
    private static final Pattern OTHER = Pattern.compile("(?:.*/)?(?:gemma|learnlm|medlm).*");
    private static final int MOST_CANDIDATES = 8;
    /** A pro model cannot do without thinking. */
    private static final int LEAST_OF_PRO = 128;

    static GeminiModel of(String name) {
        Matcher match = NAME.matcher(name);
        if (match.matches()) {
            String minor = match.group(2);
            return new GeminiModel(name, 10 * Integer.parseInt(match.group(1)) + (minor == null
                    ? 0
                    : Integer.parseInt(minor)));
        }
        return new GeminiModel(name, OTHER.matcher(name).matches() ? 10 : 0);
    }

    /** Whether it takes JSON Schema; older ones take the subset that {@link GeminiSchema} makes. */
    boolean takesJsonSchema() {
        return generation == 0 || generation >= 25;
    }

    /**
     * Whether it gives so many candidates at once.
     *
     * @see <a href="https://github.com/googleapis/js-genai/issues/1609">Those from 3 on give but one</a>
     */
    boolean givesChoices(int count) {
        return count == 1 || generation >= 20 && generation < 30 && count <= MOST_CANDIDATES;
    }

    /** Whether it refuses a function call without the signature of its thought. */
    boolean needsSignatures() {
        return generation == 0 || generation >= 30;
    }

    /**
     * Sets the {@code thinkingConfig}: a level where the model knows levels, else a budget, as Google itself translates
     * OpenAI's effort. Nothing for models that do not think.
     *
     * @see <a href="https://ai.google.dev/gemini-api/docs/openai#thinking">OpenAI compatibility</a>
     */
    void think(Thinking wanted, boolean shown, ObjectNode generationConfig) {
        if (!wanted.asked() || generation != 0 && generation < 25) {
            return;
        }
        ObjectNode config = generationConfig.putObject("thinkingConfig");
        if (wanted.budget() > 0) {
            config.put("thinkingBudget", wanted.budget());
        } else if (!wanted.effort().isEmpty() && generation >= 30) {
            config.put("thinkingLevel", level(wanted.effort()));
        } else if (!wanted.effort().isEmpty()) {
            config.put("thinkingBudget", budget(wanted.effort()));
        }
        if (shown && !wanted.off()) {
            config.put("includeThoughts", true);
        }
    }

    private String level(String effort) {
        return switch (effort) {
            case "none", "minimal" -> isPro() ? "low" : "minimal";
            case "low" -> "low";
            case "medium" -> isPro() && generation == 30 ? "high" : "medium";
            default -> "high";
        };
    }

    private int budget(String effort) {
        return switch (effort) {
            case "none" -> isPro() ? LEAST_OF_PRO : 0;
            case "minimal", "low" -> 1024;
            case "medium" -> 8192;
            default -> 24576;
        };
    }

    private boolean isPro() {
        return name.contains("-pro");
    }
}
