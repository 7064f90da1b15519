package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final long SECOND = 1_000_000_000L;
    private final Throttle throttle = new Throttle();

    @Test
    void aProviderThatRefusesOneCallInTwentyIsUsedAllTheSameHoweverSlowItIs() {
        for (int aSecond : new int[]{600, 60, 12}) {
            assertThat(usedWhereOneInTwentyIsRefused(aSecond)).as("%d calls a second", aSecond)
                    .isGreaterThan(0.97 * 64);
        }
    }

    /** At random, so that several often come together. Returns how many of 64 slots were used on average. */
    private static double usedWhereOneInTwentyIsRefused(int aSecond) {
        var throttle = new Throttle();
        var random = new Random(1);
        long used = 0;
        for (int call = 1; call <= 50_000; call++) {
            long now = call * SECOND / aSecond;
            if (random.nextInt(20) == 0) {
                throttle.lower(64, now);
            } else {
                throttle.raise(64, now);
            }
            used += throttle.of(64);
        }
        return used / 50_000.0;
    }

    @Test
    void refusalsThatAreFewAreNoWord() {
        for (int call = 0; call < 100; call++) {
            throttle.raise(64, call);
        }
        for (int call = 0; call < 6; call++) {
            assertThat(throttle.lower(64, 100)).isFalse();
        }
        for (int call = 0; call < 10; call++) {
            throttle.lower(64, 100);
        }
        assertThat(throttle.lower(64, 100)).isTrue();
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
