package dev.penstock.ingress;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a file are asked for: {@code length} of them from {@code from} on, out of {@code total}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-14">RFC 9110, range requests</a>
 */
record ByteRange(long from, long length, long total) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /**
     * What a header asks for; all bytes where there is none, or one that is not understood, which is to be passed over
     * by the RFC, several ranges included. Null where no byte that it asks for exists.
     */
    static @Nullable ByteRange of(@Nullable String header, long total) {
        Matcher range = ONE.matcher(header == null ? "" : header.strip());
        if (!range.matches() || range.group(1).isEmpty() && range.group(2).isEmpty()) {
            return new ByteRange(0, total, total);
        }
        if (range.group(1).isEmpty()) {
            long last = Math.min(total, Long.parseLong(range.group(2)));
            return last == 0 ? null : new ByteRange(total - last, last, total);
        }
        long from = Long.parseLong(range.group(1));
        long to = range.group(2).isEmpty() ? total - 1 : Math.min(total - 1, Long.parseLong(range.group(2)));
        return from >= total || to < from ? null : new ByteRange(from, to - from + 1, total);
    }

    boolean isPart() {
        return length < total;
    }

    /** The value of {@code Content-Range}. */
    String header() {
        return "bytes " + from + "-" + (from + length - 1) + "/" + total;
    }
}
