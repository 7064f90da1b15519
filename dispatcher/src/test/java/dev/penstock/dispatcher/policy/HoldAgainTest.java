package dev.penstock.dispatcher.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Rates;
import dev.penstock.schemas.catalog.TokenClass;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HoldAgainTest {
    private static final Rates USUAL = rates(100, 400);

    private static Rates rates(long input, long output) {
        return new Rates(Map.of(TokenClass.INPUT, input * 1_000_000, TokenClass.OUTPUT, output * 1_000_000));
    }

    @Test
    void whatIsAddedIsHeldForToo() {
        assertThat(HoldAgain.nanoUsd(5_000, new Price(100_000_000, 400_000_000, null, null), 10, 3))
                .isEqualTo(5_000 + 10 * 100 + 3 * 400);
        assertThat(HoldAgain.nanoUsd(5_000, new Price(100_000_000, 400_000_000, null, 125_000_000L), 10, 0))
                .isEqualTo(5_000 + 10 * 125);
    }

    @Test
    void aPromptThatMayBecomeDearerAsAWholeIsHeldForAsSuch() {
        var stepped = new Price(USUAL, new TreeMap<>(Map.of(1_000, rates(250, 500))), new TreeMap<>());
        assertThat(HoldAgain.nanoUsd(5_000, stepped, 10, 3)).isEqualTo(3 * 5_000 + 10 * 250 + 3 * 500);
    }

    @Test
    void whatAddsNothingOrHasNoPriceIsHeldForAsBefore() {
        assertThat(HoldAgain.nanoUsd(5_000, null, 10, 3)).isEqualTo(5_000);
        assertThat(HoldAgain.nanoUsd(5_000, new Price(100_000_000, 400_000_000, null, null), 0, 0)).isEqualTo(5_000);
    }
}
