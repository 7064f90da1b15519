package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.policy.Headroom;
import dev.penstock.dispatcher.policy.Headroom.Left;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Header names and formats as they are seen on the wire. */
class RateLimitsTest {
    @Test
    void readsOpenAis() {
        assertThat(read(Map.of("x-ratelimit-remaining-requests", "499", "x-ratelimit-reset-requests", "120ms",
                "x-ratelimit-remaining-tokens", "0", "x-ratelimit-reset-tokens", "6m0s")))
                .isEqualTo(new Headroom(left(499, Duration.ofMillis(120)), left(0, Duration.ofMinutes(6))));
    }

    @Test
    void readsGroqsAndAzures() {
        assertThat(read(Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "17.399999999s",
                "x-ratelimit-remaining-tokens", "3", "x-ratelimit-reset-tokens", "42")))
                .isEqualTo(new Headroom(left(0, Duration.ofMillis(17_399)), left(3, Duration.ofSeconds(42))));
    }

    @Test
    void readsMistralsWithoutAReset() {
        assertThat(read(Map.of("x-ratelimit-remaining-req-minute", "7", "x-ratelimit-remaining-tokens-minute", "900")))
                .isEqualTo(new Headroom(left(7, Duration.ofSeconds(5)), left(900, Duration.ofSeconds(5))));
    }

    @Test
    void readsAnthropicsByItsOwnClock() {
        assertThat(read(Map.of("date", "Mon, 02 Mar 2026 10:00:00 GMT", "anthropic-ratelimit-requests-remaining", "0",
                "anthropic-ratelimit-requests-reset", "2026-03-02T10:00:30Z")).requests())
                .isEqualTo(left(0, Duration.ofSeconds(30)));
    }

    @Test
    void passesOverWhatItDoesNotUnderstand() {
        assertThat(read(Map.of())).isEqualTo(Headroom.UNKNOWN);
        assertThat(read(Map.of("x-ratelimit-remaining-requests", "many"))).isEqualTo(Headroom.UNKNOWN);
        assertThat(read(Map.of("x-ratelimit-remaining-tokens", "1", "x-ratelimit-reset-tokens", "soon")).tokens())
                .isEqualTo(left(1, Duration.ofSeconds(5)));
    }

    private static Headroom read(Map<String, String> headers) {
        return RateLimits.read(headers::get);
    }

    private static Left left(long amount, Duration reset) {
        return new Left(amount, reset.toNanos());
    }
}
