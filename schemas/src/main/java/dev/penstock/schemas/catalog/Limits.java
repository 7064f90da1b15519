package dev.penstock.schemas.catalog;

import org.jspecify.annotations.Nullable;

/**
 * How much a model takes in and gives out, in tokens; null where it is unknown.
 *
 * @param input the longest prompt
 * @param output the most that it writes in one answer, reasoning included
 * @param media the most that one image, recording or file of a prompt counts for
 */
public record Limits(@Nullable Integer input, @Nullable Integer output, @Nullable Integer media) {
    /** Nothing is known. */
    public static final Limits UNKNOWN = new Limits(null, null, null);

    public Limits {
        check("maxInputTokens", input);
        check("maxOutputTokens", output);
        check("maxMediaTokens", media);
    }

    private static void check(String name, @Nullable Integer limit) {
        if (limit != null) {
            Checks.positive(name, limit);
        }
    }
}
