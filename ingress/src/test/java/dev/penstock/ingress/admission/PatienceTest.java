package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatienceTest {
    private static final Duration MOST = Duration.ofMinutes(10);

    @Test
    void aCallerMayBeLessPatientThanTheSettingsButNotMore() {
        assertThat(known("1500", null, true)).isEqualTo(Duration.ofMillis(1_500));
        assertThat(known("999999999", null, false)).isEqualTo(MOST);
        assertThat(known(null, null, false)).isEqualTo(MOST);
    }

    @Test
    void theSdksTimeoutIsTakenForAnAnswerThatIsNotStreamed() {
        assertThat(known(null, "30", false)).isEqualTo(Duration.ofSeconds(30));
        assertThat(known(null, "0.5", false)).isEqualTo(Duration.ofMillis(500));
        assertThat(known(null, "86400", false)).isEqualTo(MOST);
        assertThat(known(null, "30", true)).isEqualTo(MOST);
        assertThat(known("100", "30", false)).isEqualTo(Duration.ofMillis(100));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "NaN", "1e9", "soon", "0.0001"})
    void whatAnSdkCannotMeanIsPassedOver(String header) {
        assertThat(known(null, header, false)).isEqualTo(MOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "1.5", "10s", "12345678901"})
    void whatIsWrittenByHandIsChecked(String header) {
        var result = Patience.read(header, null, false, MOST);
        assertThat(result).isInstanceOfSatisfying(Patience.Result.Invalid.class,
                invalid -> assertThat(invalid.error().param()).isEqualTo(Patience.OWN));
    }

    private static Duration known(String own, String sdk, boolean stream) {
        return ((Patience.Result.Known) Patience.read(own, sdk, stream, MOST)).patience();
    }
}
