package dev.penstock.metering.anomaly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class HoursTest {
    private static final int LIVES = 400;
    private static final int DAYS = 60;

    @Test
    void aSteadyAccountIsNeverTold() {
        for (int seed = 0; seed < 50; seed++) {
            Life life = new Life(seed);
            life.noise = 0.2;
            assertThat(life.live(DAYS).told()).isEmpty();
        }
    }

    @Test
    void nightsAndWeekendsAreUsual() {
        Life life = new Life(1);
        life.noise = 0.2;
        life.day = 0.8;
        life.weekend = 0.3;

        assertThat(life.live(DAYS).told()).isEmpty();
    }

    @Test
    void growthIsUsual() {
        Life life = new Life(2);
        life.noise = 0.2;
        life.growth = 0.05;

        assertThat(life.live(DAYS).told()).isEmpty();
    }

    @Test
    void whatIsSeldomIsComparedWithItselfAndNotWithIdleHours() {
        Life life = new Life(3);
        life.noise = 0.3;
        life.busy = 0.02;

        assertThat(life.live(200).told()).isEmpty();
    }

    @Test
    void anHourOfFiveTimesTheUsualIsToldAtOnceAndOnce() {
        for (int seed = 0; seed < 50; seed++) {
            Life life = new Life(seed);
            life.noise = 0.2;
            life.live(14).hour(5);
            long odd = life.now();

            assertThat(life.spends()).as("seed %d", seed).singleElement().satisfies(told -> {
                assertThat(told.hour()).isEqualTo(odd);
                assertThat(told.expected() / Life.DOLLAR).isCloseTo(20, within(3.0));
                assertThat(told.spent()).isGreaterThan(3 * told.expected());
            });
        }
    }

    @Test
    void fiveTimesAnHourOfTheDayIsToldInADailyCycle() {
        Life life = new Life(4);
        life.noise = 0.2;
        life.day = 0.6;
        life.live(14);
        while (life.now() % 24 != 5) { // the hour after it costs most
            life.hour(1);
        }
        life.hour(5);
        long odd = life.now();

        assertThat(life.spends()).extracting(Anomaly.Spend::hour).containsExactly(odd);
    }

    @Test
    void aNewLevelIsToldAndThenUsual() {
        Life life = new Life(5);
        life.noise = 0.2;
        life.live(14);
        life.level *= 6;

        assertThat(life.live(14).spends()).hasSizeBetween(1, 3);
    }

    @Test
    void theDearestModelForAllIsTold() {
        for (int seed = 0; seed < 50; seed++) {
            Life life = new Life(seed);
            life.noise = 0.3;
            life.live(7).switchTo("dear").hour(1);
            long odd = life.now();

            assertThat(life.mixes()).as("seed %d", seed).singleElement().satisfies(told -> {
                assertThat(told.hour()).isEqualTo(odd);
                assertThat(told.model()).isEqualTo("dear");
                assertThat((double) told.expected() / told.spent()).isCloseTo(0.1, within(0.03));
                assertThat(told.seen()).isEqualTo(told.spent());
            });
        }
    }

    @Test
    void aModelThatIsNewIsTold() {
        Life life = new Life(6).live(7).switchTo("newest").hour(1);

        assertThat(life.mixes()).extracting(Anomaly.Mix::model).containsExactly("newest");
        assertThat(life.mixes().getFirst().expected()).isZero();
    }

    @Test
    void nothingIsToldBeforeSomeDaysAreKnownOrOfCents() {
        Life young = new Life(7).live(0);
        for (int i = 0; i < Hours.LEAST_HOURS - 1; i++) {
            young.hour(1);
        }
        Life small = new Life(8);
        small.level = 0.1 * Life.DOLLAR;

        assertThat(young.switchTo("dear").hour(20).told()).isEmpty();
        assertThat(small.live(14).switchTo("dear").hour(10).told()).isEmpty();
    }

    /** An alert that is mostly false is read by nobody. */
    @Test
    void falseAlarmsAreFewOverAllWaysToLive() {
        int spends = 0;
        int mixes = 0;
        for (int seed = 0; seed < LIVES; seed++) {
            Life life = Life.any(seed).live(DAYS);
            spends += life.spends().size();
            mixes += life.mixes().size();
        }
        double months = LIVES * DAYS / 30.0;
        System.out.printf("false alarms an account and month: spend %.2f, mix %.2f%n", spends / months,
                mixes / months);

        assertThat(spends / months).isLessThan(0.5);
        assertThat(mixes / months).isLessThan(0.1);
    }

    @Test
    void aHistoryThatWasKeptGoesOnAsIfItHadNotBeen() {
        var random = new Random(9);
        var whole = new Hours("t");
        var kept = new Hours("t");
        for (int hour = 1; hour < 300; hour++) {
            for (int i = 0; i < 5; i++) {
                String model = "m" + random.nextInt(3);
                long nano = 1 + random.nextLong(hour == 250 ? 100_000_000_000L : 3_000_000_000L);
                assertThat(kept.add(hour, model, nano)).isEqualTo(whole.add(hour, model, nano));
                kept = new Hours(kept.toKeep());
            }
        }
        assertThat(kept.toKeep().getMean()).isCloseTo(whole.toKeep().getMean(), Assertions.withinPercentage(0.001));
    }

    @Test
    void modelsThatAreNotUsedAnyMoreAreForgotten() {
        Life life = new Life(10);
        life.steadiness = 1e6;
        for (int i = 0; i < 100; i++) {
            life.switchTo("model-" + i).live(1);
        }

        assertThat(life.models()).isLessThan(40);
    }

    @Test
    void theMomentsAreThoseOfTheWeights() {
        Moments moments = Moments.NONE;
        double[] values = {3, 1, 4, 1, 5, 9, 2, 6};
        double weight = 0.2;
        for (int i = 0; i < values.length; i++) {
            moments = moments.with(values[i], i == 0 ? 1 : weight);
        }
        double mean = 0;
        double square = 0;
        for (int i = 0; i < values.length; i++) {
            double share = (i == 0 ? 1 : weight) * Math.pow(1 - weight, values.length - 1 - i);
            mean += share * values[i];
            square += share * values[i] * values[i];
        }

        assertThat(moments.mean()).isCloseTo(mean, within(1e-9));
        assertThat(moments.variance()).isCloseTo(square - mean * mean, within(1e-9));
    }
}
