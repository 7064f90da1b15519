package dev.penstock.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.policy.Verdict;
import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import org.junit.jupiter.api.Test;

class EndsTest {
    @Test
    void whatWeCouldNotSayToAProviderSaysNothingOfIt() {
        var unsaid = new Outcome.Refused(
                new ApiError(400, "invalid_request_error", "unsupported_parameter", "logprobs", "no", null));
        assertThat(Ends.verdict(unsaid)).isEqualTo(new Verdict.Nothing(0));
    }

    @Test
    void whatAProviderSaysOfItselfIsTakenForIt() {
        assertThat(Ends.verdict(refused(503))).isEqualTo(new Verdict.Failed(0));
        assertThat(Ends.verdict(refused(429))).isEqualTo(new Verdict.Full(1_000_000_000));
    }

    private static Outcome refused(int status) {
        return new Outcome.Refused(ApiError.of(status, "server_error", "code", "no"));
    }
}
