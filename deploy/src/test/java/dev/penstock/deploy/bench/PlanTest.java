package dev.penstock.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final Profile.Wishes NONE = new Profile.Wishes(null, null, null, null);

    @Test
    void sendsAtConstantIntervalsWithoutDrift() {
        var plan = new Plan(true, 10, 300, 0, 0, 1);
        assertThat(plan.dueNanos(0)).isZero();
        assertThat(plan.dueNanos(3_000_000)).isEqualTo(10_000_000_000_000L);
    }

    @Test
    void knowsHowManyAnswersAreOpenAtOnce() {
        assertThat(new Plan(true, 500, 100, 50, 20, 101).concurrent()).isEqualTo(205);
        assertThat(new Plan(true, 100, 100, 50, 20, 101).concurrent()).isEqualTo(100);
        assertThat(new Plan(false, 100, 100, 0, 0, 5).concurrent()).isEqualTo(1);
    }

    @Test
    void opensTenThousandStreamsAtATokenASecondUnlessToldOtherwise() {
        assertThat(Profile.STREAMS.plan(NONE)).isEqualTo(new Plan(true, 10_000, 1_000, 100, 1_000, 30));
        assertThat(Profile.STREAMS.plan(new Profile.Wishes(50.0, 4, 20, 2.0)))
                .isEqualTo(new Plan(true, 20, 50, 100, 500, 8));
        assertThat(Profile.JSON.plan(NONE)).isEqualTo(new Plan(false, 500, 100, 0, 0, 16));
    }

    @Test
    void warmsUpWithoutTheWeightOfTheLoadItself() {
        assertThat(Profile.STREAMS.plan(NONE).warmup(3)).isEqualTo(new Plan(true, 600, 200, 100, 20, 30));
        assertThat(Profile.CHAT.plan(NONE).warmup(1))
                .isEqualTo(Profile.CHAT.plan(new Profile.Wishes(null, 1, null, null)));
    }

    @Test
    void refusesALoadOfNothing() {
        assertThatThrownBy(() -> Profile.CHAT.plan(new Profile.Wishes(0.0, null, null, null)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void findsTheChatUrlWithOrWithoutTheVersion() {
        for (String base : new String[]{"http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/"}) {
            assertThat(new Target("t", URI.create(base), "", "m", 0).chatUrl())
                    .isEqualTo("http://h:1/v1/chat/completions");
        }
    }
}
