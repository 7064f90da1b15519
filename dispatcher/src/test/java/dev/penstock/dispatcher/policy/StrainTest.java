package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StrainTest {
    private static final long LATE = 5_000_000L;
    private final Strain strain = new Strain();

    @Test
    void batchIsHalvedWhereTheLoopIsLateAndComesBackStepByStep() {
        look(2, LATE);
        look(Strain.LOOKS - 2, 0);
        assertThat(strain.part()).isEqualTo(0.5);
        look(Strain.LOOKS, 0);
        assertThat(strain.part()).isEqualTo(0.55);
    }

    @Test
    void oneLateLookIsNothingAndSomeOfBatchAlwaysGoes() {
        look(1, LATE);
        look(Strain.LOOKS - 1, 0);
        assertThat(strain.part()).isEqualTo(1);
        look(100 * Strain.LOOKS, LATE);
        assertThat(strain.part()).isPositive();
    }

    private void look(int times, long late) {
        for (int i = 0; i < times; i++) {
            strain.seen(late);
        }
    }
}
