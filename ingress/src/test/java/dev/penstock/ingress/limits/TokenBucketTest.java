package dev.penstock.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    @Test
    void givesItsBurstAtOnceAndThenItsRate() {
        var bucket = new TokenBucket(60, 3, 1_000);
        assertThat(taken(bucket, 1_000)).isEqualTo(3);
        assertThat(bucket.millisUntil(1, 1_000)).isEqualTo(1_000);
        assertThat(taken(bucket, 1_999)).isZero();
        assertThat(taken(bucket, 2_000)).isEqualTo(1);
        assertThat(bucket.millisUntilFull(2_000)).isEqualTo(3_000);
        assertThat(taken(bucket, 3_600_000)).isEqualTo(3);
    }

    @Test
    void losesNothingToRounding() {
        var bucket = new TokenBucket(7, 2, 0);
        int taken = 0;
        for (int now = 0; now <= 600_000; now++) {
            taken += bucket.tryTake(1, now) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(2 + 70);
    }

    @Test
    void aDebtIsPaidByTheTimeToCome() {
        var bucket = new TokenBucket(60, 10, 0);
        bucket.take(15, 0);
        assertThat(bucket.available(0)).isEqualTo(-5);
        assertThat(bucket.millisUntil(1, 0)).isEqualTo(6_000);
        bucket.giveBack(5, 0);
        assertThat(bucket.available(0)).isZero();
        bucket.giveBack(50, 0);
        assertThat(bucket.available(0)).isEqualTo(10);
    }

    @Test
    void moreThanTheBurstIsGivenToAFullBucketOnly() {
        var bucket = new TokenBucket(60, 10, 0);
        assertThat(bucket.tryTake(25, 0)).isTrue();
        assertThat(bucket.tryTake(25, 24_999)).isFalse();
        assertThat(bucket.tryTake(25, 25_000)).isTrue();
    }

    @Test
    void anotherRateCountsFromThenOn() {
        var bucket = new TokenBucket(60, 10, 0);
        bucket.take(10, 0);
        bucket.adjust(6, 2, 5_000);
        assertThat(bucket.available(5_000)).isEqualTo(2);
        bucket.take(2, 5_000);
        assertThat(bucket.millisUntil(1, 5_000)).isEqualTo(10_000);
    }

    @Test
    void noWindowSeesMoreThanBurstAndRate() {
        var random = new Random(7);
        for (int round = 0; round < 50; round++) {
            int rate = 1 + random.nextInt(1000);
            int burst = 1 + random.nextInt(100);
            var bucket = new TokenBucket(rate, burst, 0);
            var times = new java.util.ArrayDeque<Long>();
            for (long now = 0; now < 300_000; now += random.nextInt(50)) {
                if (bucket.tryTake(1, now)) {
                    times.add(now);
                }
                while (!times.isEmpty() && times.getFirst() <= now - 60_000) {
                    times.removeFirst();
                }
                assertThat(times.size()).isLessThanOrEqualTo(rate + burst);
            }
        }
    }

    @Test
    void hugeNumbersAreNoTrouble() {
        var bucket = new TokenBucket(Long.MAX_VALUE, Long.MAX_VALUE, 0);
        assertThat(bucket.tryTake(1_000_000_000, 0)).isTrue();
        bucket.take(Long.MAX_VALUE, 0);
        assertThat(bucket.millisUntilFull(Long.MAX_VALUE / 2)).isZero();
    }

    @Test
    void aRateOfNothingIsRefused() {
        assertThatThrownBy(() -> new TokenBucket(0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static int taken(TokenBucket bucket, long now) {
        int taken = 0;
        while (bucket.tryTake(1, now)) {
            taken++;
        }
        return taken;
    }
}
