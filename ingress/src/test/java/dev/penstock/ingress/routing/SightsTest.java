package dev.penstock.ingress.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.WorkerStatus;
import dev.penstock.schemas.bus.WorkerStatus.Seen;
import java.util.List;
import org.junit.jupiter.api.Test;

class SightsTest {
    private final Sights sights = new Sights();

    @Test
    void addsUpWhatTheWorkersSay() {
        heard("a", 0, new Seen("p", "", 4, 1, 2, 100, false));
        heard("b", 0, new Seen("p", "", 6, 0, 3, 300, false), new Seen("q", "", 1, 1, 0, -1, false));

        assertThat(sights.of("p", "m", 0)).isEqualTo(new Sight(10, 1, 5, 200, false, 0));
        assertThat(sights.of("q", "m", 0)).isEqualTo(new Sight(1, 1, 0, -1, false, 0));
        assertThat(sights.of("r", "m", 0)).isEqualTo(Sight.NONE);
    }

    @Test
    void aModelOfItsOwnCountsWithinItsProvider() {
        heard("a", 0, new Seen("p", "", 10, 2, 0, 100, false), new Seen("p", "m", 4, 3, 1, 50, false));

        assertThat(sights.of("p", "m", 0)).isEqualTo(new Sight(4, 2, 1, 50, false, 0));
        assertThat(sights.of("p", "other", 0)).isEqualTo(new Sight(10, 2, 0, 100, false, 0));
    }

    @Test
    void aBreakerKeepsCallsAwayOnlyWhereItIsOpen() {
        heard("a", 0, new Seen("p", "", 4, 4, 0, -1, true));
        assertThat(sights.of("p", "m", 0).open()).isTrue();
        assertThat(sights.of("p", "m", 0).free()).isZero();
        heard("b", 0, new Seen("p", "", 4, 4, 0, -1, false));
        assertThat(sights.of("p", "m", 0).open()).isFalse();
        assertThat(sights.of("p", "m", 0).free()).isEqualTo(4);
    }

    @Test
    void aWorkerThatIsSilentSaysNothingAnyMore() {
        heard("a", 0, new Seen("p", "", 4, 4, 0, 10, false));
        assertThat(sights.of("p", "m", 5_000).isHeard()).isTrue();
        assertThat(sights.of("p", "m", 5_001)).isEqualTo(Sight.NONE);
        heard("a", 6_000, new Seen("p", "", 3, 3, 0, 10, false));
        assertThat(sights.of("p", "m", 6_000).quota()).isEqualTo(3);
    }

    @Test
    void whatIsOpenHereCountsAtOnce() {
        heard("a", 0, new Seen("p", "", 4, 4, 0, 10, false));
        sights.sent("p", "m");
        sights.sent("p", "m");
        assertThat(sights.of("p", "m", 0).load()).isEqualTo(0.5);
        sights.over("p", "m");
        sights.over("p", "m");
        assertThat(sights.of("p", "m", 0).load()).isZero();
    }

    private void heard(String worker, long now, Seen... seen) {
        sights.heard(new WorkerStatus(worker, List.of(seen)), now);
    }
}
