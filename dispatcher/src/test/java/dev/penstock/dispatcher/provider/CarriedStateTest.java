package dev.penstock.dispatcher.provider;

import static dev.penstock.dispatcher.provider.CarriedState.ANTHROPIC;
import static dev.penstock.dispatcher.provider.CarriedState.GEMINI;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CarriedStateTest {
    private static final List<String> IDS = List.of("toolu_01A09q90qw90lq917835lq9", "call_abc", "call-1-0",
            "abcDEF123",
            "functions.get_weather:0", "_", "__ps", "");

    @Test
    void whatIsAttachedIsReadAgainAndTheProvidersOwnIdIsLeft() {
        var random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            String id = IDS.get(i % IDS.size());
            byte[] state = new byte[1 + random.nextInt(i % 2 == 0 ? 300 : 12_000)];
            if (i % 3 == 0) {
                random.nextBytes(state);
            } else {
                for (int j = 0; j < state.length; j++) {
                    state[j] = (byte) ("{\"thinking\": so, it is_}").charAt(random.nextInt(24));
                }
            }
            CarriedState owner = CarriedState.values()[i % CarriedState.values().length];
            String carrying = owner.attach(id, state);
            assertThat(carrying.length()).isLessThanOrEqualTo(CarriedState.MAX_ID);
            assertThat(carrying.substring(id.length())).matches("[A-Za-z0-9_-]+");
            assertThat(CarriedState.strip(carrying)).isEqualTo(id);
            assertThat(owner.read(carrying)).isEqualTo(state);
            assertThat(CarriedState.values()[(i + 1) % CarriedState.values().length].read(carrying)).isNull();
            byte[] json = Samples.bytes("é".repeat(i % 7) + "_".repeat(i % 9) + "{\"id\":\"" + carrying + "\"}");
            assertThat(CarriedState.mayBeIn(ByteBuffer.wrap(json))).isTrue();
            assertThat(
                    CarriedState.mayBeIn(ByteBuffer.wrap(json, 0, json.length - carrying.length() + id.length() + 3)))
                    .isFalse();
        }
    }

    @Test
    void longTextIsDeflated() {
        byte[] state = Samples.bytes("thinking ".repeat(5_000));
        String carrying = GEMINI.attach("call_1", state);
        assertThat(carrying).hasSizeLessThan(400);
        assertThat(GEMINI.read(carrying)).isEqualTo(state);
    }

    @Test
    void whatIsTooLongIsLeftOut() {
        byte[] state = new byte[13_000];
        new Random(1).nextBytes(state);
        assertThat(ANTHROPIC.attach("call_1", state)).isEqualTo("call_1");
        assertThat(ANTHROPIC.attach("call_1", new byte[1 << 20])).isEqualTo("call_1");
        assertThat(ANTHROPIC.attach("call_1", new byte[0])).isEqualTo("call_1");
    }

    @Test
    void garbageIsNoState() {
        for (String id : List.of("call_1", "", "call_1__pst_", "call_1__pst_a!", "call_1__pst_Aabcd",
                "call_1__pst_xabcd",
                "call_1__pst_A" + "a".repeat(20_000))) {
            assertThat(ANTHROPIC.read(id)).isNull();
        }
        String bomb = ANTHROPIC.attach("c", new byte[256 * 1024]);
        assertThat(ANTHROPIC.read(bomb.substring(0, bomb.length() - 40))).isNull();
    }

    @Test
    void othersIdsAndTextsAreLeftAlone() {
        for (String id : IDS) {
            assertThat(CarriedState.strip(id)).isEqualTo(id);
            assertThat(CarriedState.mayBeIn(ByteBuffer.wrap(Samples.bytes(id)))).isFalse();
        }
        assertThat(CarriedState.mayBeIn(ByteBuffer.wrap(Samples.bytes("_pst_ __pst pst___ps__pst")))).isFalse();
        assertThat(CarriedState.mayBeIn(ByteBuffer.wrap(Samples.bytes("____pst_")))).isTrue();
    }
}
