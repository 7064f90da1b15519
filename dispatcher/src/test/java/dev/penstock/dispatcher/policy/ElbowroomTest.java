package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ElbowroomTest {
    private static final long SECOND = 1_000_000_000L;
    private final Elbowroom elbowroom = new Elbowroom();

    @Test
    void whoHasMuchLeavesASlotInTenToWhoHadUseOfItLately() {
        open("calm", 1);
        elbowroom.ended("calm");
        open("flood", 9);
        assertThat(elbowroom.beside("flood", 10, SECOND)).isEqualTo(1);
        assertThat(elbowroom.beside("calm", 10, SECOND)).as("it has fewer open").isZero();
        assertThat(elbowroom.beside("new", 10, SECOND)).isZero();
    }

    @Test
    void nothingIsKeptForWhoHasItAllOrCameLongAgoOrOfFewSlots() {
        open("calm", 1);
        open("flood", 9);
        assertThat(elbowroom.beside("flood", 10, SECOND)).as("it has what it uses").isZero();
        elbowroom.ended("calm");
        assertThat(elbowroom.beside("flood", 9, SECOND)).isZero();
        assertThat(elbowroom.beside("flood", 10, 20 * SECOND)).isZero();
    }

    private void open(String tenant, int calls) {
        IntStream.range(0, calls).forEach(_ -> elbowroom.begun(tenant, 0));
    }
}
