package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PassedAnswerTest {
    private static Outcome answered(String body) {
        var answer = new PassedAnswer(new Tally(400, null));
        for (byte[] crumb : Samples.crumbs(Samples.bytes(body))) {
            assertThat(answer.feed(crumb)).isNull();
        }
        return answer.end();
    }

    @Test
    void goesOnByteForByteAndIsCountedAsTheProviderSays() {
        String body = "{ \"object\":\"list\",\"data\":[{\"embedding\":[1.50e-3]}],\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}";

        assertThat(answered(body)).isInstanceOfSatisfying(Outcome.Completed.class, completed -> {
            assertThat(new String(completed.rest(), StandardCharsets.UTF_8)).isEqualTo(body);
            assertThat(completed.consumption()).isEqualTo(new Consumption(new Usage(8, 0, 0, 0, 0), false));
        });
    }

    @Test
    void isCountedByItsBytesWhereTheProviderSaysNothing() {
        assertThat(answered("{\"results\":[]}")).isInstanceOfSatisfying(Outcome.Completed.class,
                completed -> assertThat(completed.consumption())
                        .isEqualTo(new Consumption(new Usage(100, 0, 0, 0, 0), true)));
    }

    @Test
    void anErrorOrGarbageIsNoAnswer() {
        assertThat(answered("{\"error\":{\"message\":\"no\",\"code\":400}}")).isInstanceOf(Outcome.Rejected.class);
        assertThat(answered("<html>")).isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(answered("[]")).isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(answered("{\"data\":[")).isEqualTo(new Outcome.Refused(Failures.MALFORMED));
    }
}
