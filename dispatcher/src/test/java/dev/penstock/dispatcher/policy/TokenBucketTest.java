package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    @Test
    void givesNothingBeforeAnythingIsOwned() {
        assertThat(new TokenBucket(60).readyAt(1, 0, 0)).isEqualTo(TokenBucket.NEVER);
    }

    @Test
    void neverLetsThroughMoreThanItsLimitInAMinuteAlsoWhilePartitionsMove() {
        for (int seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            int limit = 1 + random.nextInt(300);
            var buckets = List.of(new TokenBucket(limit), new TokenBucket(limit));
            int first = random.nextInt(limit + 1);
            buckets.get(0).own(first, 0);
            buckets.get(1).own(limit - first, 0);
            var taken = new ArrayList<Long>();
            for (long now = 0; now < 10 * MINUTE; now += 1 + random.nextInt(200_000_000)) {
                if (random.nextInt(500) == 0) {
                    int before = first;
                    first = random.nextInt(limit + 1);
                    // The one that loses a part is told before the one that gains it.
                    boolean grows = first > before;
                    buckets.get(grows ? 1 : 0).own(grows ? limit - first : first, now);
                    buckets.get(grows ? 0 : 1).own(grows ? first : limit - first, now);
                }
                TokenBucket bucket = buckets.get(random.nextInt(2));
                if (bucket.readyAt(1, 0, now) <= now) {
                    bucket.take(1, now);
                    taken.add(now);
                }
            }
            assertThat(mostInAMinute(taken)).as("limit %d", limit).isLessThanOrEqualTo(limit + 1);
        }
    }

    @Test
    void usesNineTenthsOfItsLimitAtLeast() {
        var bucket = new TokenBucket(600);
        bucket.own(600, 0);
        int taken = 0;
        for (long now = 0; now < 10 * MINUTE; now += 1_000_000) {
            if (bucket.readyAt(1, 0, now) <= now) {
                bucket.take(1, now);
                taken++;
            }
        }
        assertThat(taken).isBetween(5300, 6000);
    }

    @Test
    void saysWhenThereIsEnough() {
        var bucket = new TokenBucket(60_000);
        bucket.own(60_000, 0);
        long ready = bucket.readyAt(3000, 0, 0);
        assertThat(ready).isPositive();
        assertThat(bucket.readyAt(3000, 0, ready - 1000)).isGreaterThan(ready - 1000);
        assertThat(bucket.readyAt(3000, 0, ready)).isEqualTo(ready);
        assertThat(bucket.readyAt(1_000_000, 0, MINUTE)).as("more than ever fits waits for a full one")
                .isEqualTo(MINUTE);
        bucket.take(1_000_000, MINUTE);
        assertThat(bucket.readyAt(1, 0, 5 * MINUTE)).as("and leaves it in debt").isGreaterThan(5 * MINUTE);
        bucket.giveBack(1_000_000, 5 * MINUTE);
        assertThat(bucket.readyAt(1, 0, 5 * MINUTE)).isEqualTo(5 * MINUTE);
    }

    @Test
    void leavesAReserve() {
        var bucket = new TokenBucket(1000);
        bucket.own(1000, 0);
        int batch = 0;
        for (; bucket.readyAt(1, 0.5, MINUTE) <= MINUTE; batch++) {
            bucket.take(1, MINUTE);
        }
        assertThat(batch).isEqualTo(50);
        assertThat(bucket.readyAt(1, 0, MINUTE)).isEqualTo(MINUTE);
    }

    private static int mostInAMinute(List<Long> taken) {
        int most = 0;
        int first = 0;
        for (int last = 0; last < taken.size(); last++) {
            while (taken.get(last) - taken.get(first) >= MINUTE) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }
}
