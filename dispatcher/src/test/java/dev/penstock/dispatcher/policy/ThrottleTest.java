package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final long SECOND = 1_000_000_000L;
    private final Throttle throttle = new Throttle();

    @Test
    void aProviderThatRefusesOneCallInTwentyIsUsedAllTheSame() {
        for (int call = 1; call <= 100_000; call++) {
            long now = call * SECOND / 600;
            if (call % 20 == 0) {
                throttle.lower(64, now);
            } else {
                throttle.raise(64, now);
            }
        }

        assertThat(throttle.of(64)).isEqualTo(64);
    }

    @Test
    void whereWhatComesIsRefusedItIsHalvedOnceASecond() {
        for (int call = 0; call < 600; call++) {
            throttle.raise(64, call * SECOND / 600);
        }
        for (int call = 0; call < 600; call++) {
            throttle.lower(64, SECOND + call * SECOND / 600);
        }
        assertThat(throttle.of(64)).isEqualTo(32);
        throttle.lower(64, 3 * SECOND);
        assertThat(throttle.of(64)).isEqualTo(16);
    }
}
