package dev.penstock.dispatcher.provider;

import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** When a provider says it wants to be asked again. Whole seconds, rounded up: {@code Retry-After} knows no others. */
final class RetryAfter {
    private static final double LONGEST = 24 * 60 * 60;
    /** OpenAI and Groq: "Please try again in 6m0s", "1.2s", "120ms". */
    private static final Pattern HINT = Pattern.compile(
            "try again in (?:(\\d{1,4})h)?(?:(\\d{1,4})m(?!s))?(?:(\\d{1,6}(?:\\.\\d{1,9})?)(ms|s))?");

    private RetryAfter() {}

    /** From the headers, else from the message; null if neither says. */
    static @Nullable Integer seconds(ResponseHeaders headers, String message) {
        Double seconds = header(headers);
        if (seconds == null) {
            seconds = hint(message);
        }
        return seconds == null || seconds < 0 ? null : (int) Math.min(Math.ceil(seconds), LONGEST);
    }

    private static @Nullable Double header(ResponseHeaders headers) {
        Double millis = number(headers.get("retry-after-ms"));
        if (millis != null) {
            return millis / 1000;
        }
        String value = headers.get("retry-after");
        Double seconds = number(value);
        return seconds == null && value != null ? untilDate(value, headers.get("date")) : seconds;
    }

    private static @Nullable Double number(@Nullable String value) {
        return value != null && value.matches("\\d{1,9}(\\.\\d{1,9})?") ? Double.valueOf(value) : null;
    }

    /** The wait until an HTTP date by the provider's own clock, which is the one it means. */
    private static @Nullable Double untilDate(String value, @Nullable String now) {
        if (now == null) {
            return null;
        }
        try {
            var format = DateTimeFormatter.RFC_1123_DATE_TIME;
            return (double) Duration.between(ZonedDateTime.parse(now, format), ZonedDateTime.parse(value, format))
                    .toSeconds();
        } catch (DateTimeParseException _) {
            return null;
        }
    }

    private static @Nullable Double hint(String message) {
        Matcher match = HINT.matcher(message);
        if (!match.find() || match.group(1) == null && match.group(2) == null && match.group(3) == null) {
            return null;
        }
        double rest = amount(match.group(3)) / ("ms".equals(match.group(4)) ? 1000 : 1);
        return amount(match.group(1)) * 3600 + amount(match.group(2)) * 60 + rest;
    }

    private static double amount(@Nullable String digits) {
        return digits == null ? 0 : Double.parseDouble(digits);
    }
}
