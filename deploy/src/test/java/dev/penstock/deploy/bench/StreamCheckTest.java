package dev.penstock.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.deploy.simulator.Script;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamCheckTest {
    private static final String FINISH = event("{'choices':[{'delta':{},'finish_reason':'stop'}]}");
    private static final String DONE = "data: [DONE]\n\n";

    @Test
    void findsAWholeStreamWholeWhereverItIsCut() {
        String stream = ": keep-alive\n\n" + tokens(0, 1, 2, 3, 4) + FINISH + usage(5) + DONE;
        var random = new Random(1);
        for (int i = 0; i < 200; i++) {
            assertThat(verdict(random.nextInt(1, 60), stream.replace("\n", i % 2 == 0 ? "\n" : "\r\n"), 5))
                    .isEqualTo(Verdict.WHOLE);
        }
    }

    @Test
    void acceptsTokensThatWereJoinedOnTheWay() {
        String joined = event("{'choices':[{'delta':{'content':'" + Script.piece(0) + Script.piece(1) + "'}}]}");
        assertThat(verdict(joined + tokens(2) + FINISH + usage(3) + DONE, 3)).isEqualTo(Verdict.WHOLE);
    }

    @Test
    void findsALostToken() {
        assertThat(verdict(tokens(0, 2) + FINISH + usage(3) + DONE, 3)).isEqualTo(Verdict.OUT_OF_ORDER);
        assertThat(verdict(tokens(0, 1) + FINISH + usage(3) + DONE, 3)).isEqualTo(Verdict.LOST);
    }

    @Test
    void findsATokenThatCameTwice() {
        assertThat(verdict(tokens(0, 1, 1, 2) + FINISH + usage(3) + DONE, 3)).isEqualTo(Verdict.DOUBLED);
    }

    @Test
    void findsTokensThatChangedPlaces() {
        assertThat(verdict(tokens(0, 2, 1) + FINISH + usage(3) + DONE, 3)).isEqualTo(Verdict.OUT_OF_ORDER);
    }

    @Test
    void findsAMissingEnd() {
        assertThat(verdict(tokens(0, 1) + FINISH + usage(2), 2)).isEqualTo(Verdict.LOST);
        assertThat(verdict(tokens(0, 1) + usage(2) + DONE, 2)).isEqualTo(Verdict.LOST);
        assertThat(verdict("", 2)).isEqualTo(Verdict.LOST);
    }

    @Test
    void findsWhatFollowsTheEnd() {
        assertThat(verdict(tokens(0) + FINISH + usage(1) + DONE + DONE, 1)).isEqualTo(Verdict.DOUBLED);
    }

    @Test
    void findsUsageThatIsMissingOrWrong() {
        assertThat(verdict(tokens(0, 1) + FINISH + DONE, 2)).isEqualTo(Verdict.MISCOUNTED);
        assertThat(verdict(tokens(0, 1) + FINISH + usage(3) + DONE, 2)).isEqualTo(Verdict.MISCOUNTED);
    }

    @Test
    void findsGarbage() {
        assertThat(verdict("data: {]\n\n" + DONE, 1)).isEqualTo(Verdict.LOST);
    }

    private static Verdict verdict(String stream, int tokens) {
        return verdict(Integer.MAX_VALUE, stream, tokens);
    }

    private static Verdict verdict(int part, String stream, int tokens) {
        var check = new StreamCheck();
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length;) {
            int end = (int) Math.min((long) at + part, bytes.length);
            check.take(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return check.verdict(tokens);
    }

    private static String tokens(int... indices) {
        var events = new StringBuilder();
        for (int index : indices) {
            events.append(event("{'choices':[{'index':0,'delta':{'content':'" + Script.piece(index)
                    + "'},'finish_reason':null}],'usage':null}"));
        }
        return events.toString();
    }

    private static String usage(int tokens) {
        return event("{'choices':[],'usage':{'prompt_tokens':9,'completion_tokens':" + tokens + "}}");
    }

    private static String event(String json) {
        return "data: " + json.replace('\'', '"').replace("\n", "\\n") + "\n\n";
    }
}
