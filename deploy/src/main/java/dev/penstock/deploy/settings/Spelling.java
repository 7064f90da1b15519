package dev.penstock.deploy.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the name that somebody meant. */
final class Spelling {
    private Spelling() {}

    /** {@code "; did you mean X?"} for the likeliest of the names, or nothing if none is near. */
    static String hint(String wrong, Collection<String> names) {
        return names.stream().filter(name -> isNear(wrong, name))
                .min(Comparator.<String>comparingInt(name -> distance(wrong, name)).thenComparing(name -> name))
                .map(name -> "; did you mean " + name + "?").orElse("");
    }

    private static boolean isNear(String wrong, String name) {
        return distance(wrong, name) <= Math.max(1, Math.min(wrong.length(), name.length()) / 3)
                || wrong.length() > 2 && lower(name).startsWith(lower(wrong));
    }

    /** Levenshtein's distance, letter case aside. */
    private static int distance(String a, String b) {
        String from = lower(a);
        String to = lower(b);
        var row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
