package dev.penstock.deploy.settings;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a setting's value has to be.
 *
 * @param says the rule, as a problem tells it
 * @param standIn taken for a value that breaks it, so that reading can go on
 * @param reading how the value's text is read
 */
record Rule<T>(String says, T standIn, Reading<T> reading) {
    static final Rule<String> TEXT = new Rule<>("must not be blank", "", text -> text.isBlank() ? null : text);
    static final Rule<Integer> POSITIVE = new Rule<>("must be positive", 1, text -> whole(text, 1, Integer.MAX_VALUE));
    static final Rule<Integer> NOT_NEGATIVE = new Rule<>("must not be negative", 0,
            text -> whole(text, 0, Integer.MAX_VALUE));
    static final Rule<Integer> PORT = new Rule<>("must be between 0 and 65535", 0, text -> whole(text, 0, 65_535));
    static final Rule<Integer> PERCENTAGE = new Rule<>("must be a percentage from 1 to 100", 1,
            text -> text.matches("[1-9]\\d?|100") ? Integer.valueOf(text) : null);
    /** US dollars, as nano-US-dollars. */
    static final Rule<Long> DOLLARS = new Rule<>("must be dollars, not negative, with at most nine decimals", 0L,
            Rule::nano);
    /** The same, with their unit. */
    static final Rule<Long> MONEY = new Rule<>(
            "must be an amount such as 5.00 USD, not negative, with at most nine decimals", 0L,
            text -> nano(text.replaceFirst(" ?USD$", "")));
    static final Rule<Duration> DURATION = new Rule<>("must be a duration such as 500ms, 30s or 5m", Duration.ZERO,
            Quantities::duration);
    static final Rule<Duration> POSITIVE_DURATION = new Rule<>(
            "must be a positive duration such as 500ms, 30s or 5m", Duration.ofSeconds(1),
            text -> atLeast(text, Duration.ofNanos(1)));
    /** In bytes. */
    static final Rule<Integer> SIZE = new Rule<>("must be a positive size such as 64KiB or 32MiB, less than 1024MiB",
            1, Rule::size);
    /** In bytes, of what is never in memory. */
    static final Rule<Long> LARGE_SIZE = new Rule<>("must be a positive size such as 200MiB or 100GiB", 1L,
            Quantities::bytes);
    static final Rule<URI> URL = new Rule<>("must be an absolute http, https or h2c URL",
            URI.create("http://localhost"), Rule::address);

    /** How a text becomes a value: null, or an exception of these, if it is none. */
    interface Reading<T> {
        @Nullable
        T of(String text) throws URISyntaxException;
    }

    static Rule<Duration> durationOfAtLeast(Duration least) {
        return new Rule<>("must be a duration of at least " + least.toSeconds() + "s", least,
                text -> atLeast(text, least));
    }

    static Rule<ZoneId> zone(ZoneId standIn) {
        return new Rule<>("is no time zone", standIn, ZoneId::of);
    }

    /** One of an enum's constants. */
    static <E extends Enum<E>> Rule<E> constant(Class<E> type) {
        List<E> all = List.of(type.getEnumConstants());
        return new Rule<>("must be one of " + all, all.getFirst(), text -> Enum.valueOf(type, text));
    }

    /** One of an enum's constants, written in lower case. */
    static <E extends Enum<E>> Rule<E> word(Class<E> type) {
        Map<String, E> words = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            words.put(constant.name().toLowerCase(Locale.ROOT), constant);
        }
        return new Rule<>("must be one of " + words.keySet(), type.getEnumConstants()[0], words::get);
    }

    /** Null if the text breaks the rule. */
    @Nullable
    T read(String text) {
        try {
            return reading.of(text);
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException | URISyntaxException _) {
            return null; // the exception's message would show what a reference stands for
        }
    }

    private static @Nullable Integer whole(String text, int least, int most) {
        int value = Integer.parseInt(text);
        return value < least || value > most ? null : value;
    }

    private static @Nullable Long nano(String dollars) {
        long nano = new BigDecimal(dollars).movePointRight(9).longValueExact();
        return nano < 0 ? null : nano;
    }

    private static @Nullable Duration atLeast(String text, Duration least) {
        Duration duration = Quantities.duration(text);
        return duration == null || duration.compareTo(least) < 0 ? null : duration;
    }

    private static @Nullable Integer size(String text) {
        Long bytes = Quantities.bytes(text);
        return bytes == null || bytes >= 1L << 30 ? null : bytes.intValue();
    }

    private static @Nullable URI address(String text) throws URISyntaxException {
        URI url = new URI(text);
        boolean known = Set.of("http", "https", "h2c").contains(String.valueOf(url.getScheme()));
        return known && url.getHost() != null ? url : null;
    }
}
