package dev.penstock.ingress;

import dev.penstock.schemas.event.Format;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Ids of requests: what the ids of an API's answers begin with, and a UUID of version 7 (RFC 9562), whose first 48 bits
 * are the time. By that an answer that is kept is found on the log.
 */
final class RequestIds {
    private static final Pattern ID = Pattern.compile("[a-z]{1,8}[-_]([0-9a-f]{12})7[0-9a-f]{19}");
    private static final long RANDOM_A = 0xfffL;

    private RequestIds() {}

    /** A new one. */
    static String next(Format format, long nowMs) {
        UUID random = UUID.randomUUID();
        long high = nowMs << 16 | 7L << 12 | random.getMostSignificantBits() & RANDOM_A;
        return prefix(format) + "%016x%016x".formatted(high, random.getLeastSignificantBits());
    }

    /** When a request was taken on, in ms since 1970; null if this is no id of ours. */
    static @Nullable Long time(String id) {
        Matcher matcher = ID.matcher(id);
        return matcher.matches() ? Long.valueOf(matcher.group(1), 16) : null;
    }

    private static String prefix(Format format) {
        return switch (format) {
            case CHAT_COMPLETIONS -> "chatcmpl-";
            case COMPLETIONS -> "cmpl-";
            case RESPONSES -> "resp_";
            case MESSAGES -> "msg_";
            case EMBEDDINGS -> "embd-";
            case MODERATIONS -> "modr-";
        };
    }
}
