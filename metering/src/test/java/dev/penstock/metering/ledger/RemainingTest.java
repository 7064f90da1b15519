package dev.penstock.metering.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.Period;
import dev.penstock.schemas.event.Verdict;
import dev.penstock.schemas.ledger.Terms;
import dev.penstock.schemas.ledger.Wallet;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemainingTest {
    private static final LocalDate DAY = LocalDate.of(2026, 11, 24);

    private final Wallet wallet = new Wallet("w",
            Terms.of(Duration.ofMinutes(5), Duration.ofMillis(60_000), Duration.ofMinutes(2)));

    @Test
    void whatRemainsIsWhatTheLedgerHasLeftAndWhatIsFreeHereOfTheAccountThatHasLeast() {
        List<String> both = List.of("t", "t/k");
        assertThat(wallet.remaining(both, DAY, 0)).isNull();
        wallet.hold("r", "t", both, DAY, 100, 0);
        for (AllowanceRequest request : wallet.requests()) {
            long room = request.getAccount().equals("t") ? 700 : 300;
            wallet.onAllowance(new Allowance("t", request.getAccount(), DAY, request.getParty(), request.getSequence(),
                    150L, Verdict.GRANTED, 0L, Period.DAY, 1000L, 0L, room), 1);
        }

        assertThat(wallet.remaining(List.of("t"), DAY, 2)).isEqualTo(700 + 50);
        assertThat(wallet.remaining(both, DAY, 2)).isEqualTo(300 + 50);
        wallet.settle("r", 40, 3);
        assertThat(wallet.remaining(both, DAY, 3)).isEqualTo(300 + 110);
        wallet.onCapChange("t/k", 4);
        assertThat(wallet.remaining(both, DAY, 4)).isNull();
    }
}
