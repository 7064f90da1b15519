package dev.penstock.ingress.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.Standing.State;
import dev.penstock.schemas.event.BatchLine;
import java.util.List;
import org.junit.jupiter.api.Test;

class StandingsTest {
    private final Standings standings = new Standings();

    @Test
    void noLineIsPaidForAgainThatHasBeenAnswered() {
        standings.answered("batch_a", 7);

        assertThat(standings.of(line("batch_a", 7))).isEqualTo(State.GONE);
        assertThat(standings.of(line("batch_a", 8))).isEqualTo(State.WAITING);
        assertThat(standings.of(line("batch_b", 7))).isEqualTo(State.WAITING);
    }

    @Test
    void whileTheLogIsReadAgainWhatIsNotKnownIsAskedAgain() {
        standings.answered("batch_a", 7);
        standings.reading();

        assertThat(standings.of(line("batch_a", 7))).isEqualTo(State.GONE);
        assertThat(standings.of(line("batch_a", 8))).isEqualTo(State.ANSWERING);
        standings.known(List.of("batch_a"));
        assertThat(standings.of(line("batch_a", 8))).isEqualTo(State.WAITING);
    }

    @Test
    void nothingIsKeptOfBatchesThatAreOverOrRunElsewhere() {
        standings.answered("batch_a", 1);
        standings.answered("batch_b", 1);
        standings.answered("batch_c", 1);
        standings.over("batch_a");
        standings.known(List.of("batch_c"));

        assertThat(standings.of(line("batch_a", 1))).isEqualTo(State.WAITING);
        assertThat(standings.of(line("batch_b", 1))).isEqualTo(State.WAITING);
        assertThat(standings.of(line("batch_c", 1))).isEqualTo(State.GONE);
    }

    private static String line(String batch, int number) {
        return BatchIds.request(new BatchLine(batch, number, "x", 0L));
    }
}
