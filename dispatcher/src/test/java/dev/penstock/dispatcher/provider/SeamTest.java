package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SeamTest {
    private static final String TEXT = "1. The water waits behind the gate until the wheel has room, and none is lost.\n\n"
            + "2. The water waits behind the gate, ha ha ha ha, until the wheel has room.\n"
            + "3. \u00e9\u4e2d\ud83d\ude00 and none is lost.";

    /** What was told; what is to be said again; what the model says; what of it is new. A space is _, a line break is !. */
    private static final String CASES = """
            behind_the_gate | behind_the_gate | behind_the_gate_until | _until
            behind_the_ga | behind_the_ga | behind_the_gate_until | te_until
            the_gate_ | the_gate | the_gate_until | until
            the_gate | the_gate | !!the_gate_until | _until
            the_gate | the_gate | _until | _until
            the_gate_ | the_gate | _until | until
            the_gate! | the_gate | !until | until
            the_gate! | the_gate | !!until | !until
            the_gate! | the_gate | _until | _until
            ha_ha_ha_ha | ha_ha | ha_ha_ha | _ha
            so_it_waits_behind_the_gate | the_gate | so_it_waits_behind_the_gate_until | _until
            so_it_waits_behind_the_gate | waits_behind_the_gate | the_gate_until | _until
            so_it_waits_behind_the_gate | waits_behind_the_gate | gate_until | gate_until
            so_it_waits_behind_the_gate | behind_the_gate | so_it_is | so_it_is
            so_it_waits_behind_the_gate | behind_the_gate | behind_the_gate |
            so_it_waits_behind_the_gate | behind_the_gate | behind | behind
            the_gate_ | | _until | until
            the_gate | | the_gate | the_gate
            ! | | !so | so
            1. | 1. | 1._The | _The
            """;

    @Test
    void whatIsSaidAgainIsLeftOutHoweverItIsCut() {
        for (String line : CASES.lines().toList()) {
            String[] parts = line.split("\\|", -1);
            String said = text(parts[2]);
            for (int size = 1; size <= said.length(); size++) {
                assertThat(join(text(parts[0]), text(parts[1]), said, size)).as("%s in pieces of %d", line, size)
                        .isEqualTo(text(parts[3]));
            }
        }
    }

    @Test
    void aTextThatIsCutAnywhereIsWholeAgainWhateverAModelRepeatsOfIt() {
        var random = new Random(1);
        for (int cut = 1; cut < TEXT.length(); cut++) {
            String told = TEXT.substring(0, cut);
            String bare = told.stripTrailing();
            for (String again : new String[]{"", last(bare, 12), last(bare, 40), bare}) {
                boolean obeys = !again.isEmpty() && random.nextBoolean();
                String said = obeys
                        ? "\n".repeat(random.nextInt(3)) + TEXT.substring(bare.length() - again.length())
                        : TEXT.substring(bare.length());
                int size = 1 + random.nextInt(6);
                assertThat(told + join(told, again, said, size)).as("cut at %d, again %s, said %s", cut, again, said)
                        .isEqualTo(TEXT);
            }
        }
    }

    @Test
    void whatIsClearIsNotHeld() {
        var seam = new Seam("behind the gate", "the gate");
        assertThat(seam.take("the")).isEmpty();
        assertThat(seam.take(" gate")).isEmpty();
        assertThat(seam.take(" until")).isEqualTo(" until");
        assertThat(seam.take(" the gate")).isEqualTo(" the gate");
        assertThat(new Seam("behind the gate", "the gate").take("Sure")).isEqualTo("Sure");
    }

    private static String last(String text, int length) {
        return text.substring(Math.max(0, text.length() - length)).strip();
    }

    private static String join(String told, String again, String said, int size) {
        var seam = new Seam(told, again);
        var news = new StringBuilder();
        for (int at = 0; at < said.length(); at += size) {
            news.append(seam.take(said.substring(at, Math.min(said.length(), at + size))));
        }
        return news.append(seam.rest()).toString();
    }

    private static String text(String written) {
        return written.strip().replace('_', ' ').replace('!', '\n');
    }
}
