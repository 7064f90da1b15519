package dev.penstock.dispatcher.provider;

import org.jspecify.annotations.Nullable;

/**
 * Finds in a text of which the UTF-8 is meant the place that an offset in bytes names. Keeps only what comes after the
 * first character that is not ASCII, for up to there the two are the same.
 */
final class Utf8Offsets {
    private int ascii;
    private @Nullable StringBuilder rest;

    void append(String text) {
        if (rest != null) {
            rest.append(text);
            return;
        }
        int i = 0;
        while (i < text.length() && text.charAt(i) < 0x80) {
            i++;
        }
        ascii += i;
        if (i < text.length()) {
            rest = new StringBuilder(text.substring(i));
        }
    }

    /** How many chars of the text stand before the byte with this offset. */
    int chars(int bytes) {
        if (rest == null || bytes <= ascii) {
            return Math.clamp(bytes, 0, ascii);
        }
        int at = 0;
        int length = ascii;
        while (at < rest.length() && length < bytes) {
            int point = rest.codePointAt(at);
            at += Character.charCount(point);
            length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        }
        return ascii + at;
    }
}
