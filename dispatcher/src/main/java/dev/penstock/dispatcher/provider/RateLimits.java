package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.policy.Headroom;
import dev.penstock.dispatcher.policy.Headroom.Left;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the rate-limit headers of an answer say. OpenAI, Groq, Azure and xAI: {@code x-ratelimit-remaining-requests},
 * {@code -reset-requests} and the same of tokens, with a reset such as {@code 6m0s}, {@code 12ms} or plain seconds, or
 * none; Mistral: {@code x-ratelimit-remaining-req-minute} and {@code -tokens-minute}; Anthropic:
 * {@code anthropic-ratelimit-requests-remaining} and {@code -reset}, an RFC 3339 time.
 */
final class RateLimits {
    private static final Duration UNKNOWN = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Pattern RESET = Pattern.compile(
            "(?:(\\d{1,4})h)?(?:(\\d{1,4})m(?!s))?(?:(\\d{1,6}(?:\\.\\d{1,12})?)(ms|s)?)?");

    private RateLimits() {}

    static Headroom read(ResponseHeaders headers) {
        return new Headroom(left(headers, "requests", "req"), left(headers, "tokens", "tokens"));
    }

    private static @Nullable Left left(ResponseHeaders headers, String what, String mistral) {
        Left left = left(headers.get("x-ratelimit-remaining-" + what), headers.get("x-ratelimit-reset-" + what), null);
        if (left == null) {
            left = left(headers.get("x-ratelimit-remaining-" + mistral + "-minute"), null, null);
        }
        return left != null
                ? left
                : left(headers.get("anthropic-ratelimit-" + what + "-remaining"),
                        headers.get("anthropic-ratelimit-" + what + "-reset"), headers.get("date"));
    }

    private static @Nullable Left left(@Nullable String remaining, @Nullable String reset, @Nullable String now) {
        if (remaining == null || !remaining.matches("\\d{1,15}")) {
            return null;
        }
        Duration wait = reset == null ? UNKNOWN : now == null ? duration(reset) : until(reset, now);
        Duration bounded = wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
        return new Left(Long.parseLong(remaining), bounded.toNanos());
    }

    private static Duration duration(String text) {
        Matcher match = RESET.matcher(text);
        if (text.isEmpty() || !match.matches()) {
            return UNKNOWN;
        }
        double seconds = number(match.group(3)) / ("ms".equals(match.group(4)) ? 1000 : 1);
        return Duration
                .ofMillis((long) (1000 * (number(match.group(1)) * 3600 + number(match.group(2)) * 60 + seconds)));
    }

    /** By the provider's own clock. */
    private static Duration until(String reset, String now) {
        try {
            return Duration.between(ZonedDateTime.parse(now, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant(),
                    OffsetDateTime.parse(reset).toInstant());
        } catch (DateTimeException _) {
            return UNKNOWN;
        }
    }

    private static double number(@Nullable String digits) {
        return digits == null ? 0 : Double.parseDouble(digits);
    }
}
