package dev.penstock.deploy.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DirectiveTest {
    private static final Pace PACE = new Pace(30, 10, 40);

    @Test
    void readsMarksAnywhereInAText() {
        var directive = Directive.NONE.withMarksIn("a [[sim ttft=5 fault=drop@3]] b [[sim itl=0.5 endless tool]] c");
        assertThat(directive.over(PACE)).isEqualTo(new Pace(5, 0.5, 0));
        assertThat(directive.fault()).contains(new Fault.Drop(3));
        assertThat(directive.tools()).isEqualTo(1);
        assertThat(directive.with("tool=3").tools()).isEqualTo(3);
        assertThat(Directive.NONE.tools()).isZero();
    }

    @Test
    void takesAFaultByItsNameAlone() {
        assertThat(Directive.NONE.with("429@7").fault()).contains(new Fault.Refuse(429, 7));
        assertThat(Directive.NONE.with("slow@20").fault()).contains(new Fault.SlowHead(20));
    }

    @Test
    void passesOverWhatMeansNothing() {
        var directive = Directive.NONE.withMarksIn("[[sim ttft=soon tokens=-1 fault=bad@x fault=]] [[sim tokens=3");
        assertThat(directive.over(PACE)).isEqualTo(PACE);
        assertThat(directive.fault()).isEmpty();
    }

    @Test
    void keepsAnAbsoluteScheduleWithoutDrift() {
        assertThat(new Pace(30, 16.7, 0).dueNanos(1_000_000)).isEqualTo(16_700_030_000_000L);
    }
}
