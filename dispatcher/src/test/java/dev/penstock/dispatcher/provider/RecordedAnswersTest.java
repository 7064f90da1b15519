package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.schemas.event.Format;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What real providers streamed, told in every other API: each stream says the same as the whole answer. */
class RecordedAnswersTest {
    @Test
    void areTheSameStreamedAndWhole() throws IOException {
        var root = Recordings.root();
        assumeTrue(root.isPresent(), "skipped: there is no recorded traffic; set PENSTOCK_WIRE to its folder");
        Set<String> kinds = new TreeSet<>();
        int answers = 0;
        for (var recording : Recordings.all(root.get())) {
            if (recording.isStream()) {
                List<Delta> deltas = deltas(recording);
                if (deltas.stream().anyMatch(delta -> !delta.isEmpty())) {
                    answers++;
                    check(recording.file(), deltas, kinds);
                }
            }
        }
        assertThat(answers).isGreaterThan(20);
        assertThat(kinds).containsExactlyInAnyOrder("text", "thinking", "tool_use");
    }

    private static List<Delta> deltas(Recordings.Recording recording) throws IOException {
        var deltas = new ArrayList<Delta>();
        AnswerDecoder decoder = Samples.dialect(recording.kind()).streamDecoder(Samples.streaming());
        decoder.decode(recording.stream(), event -> {
            if (event instanceof Delta delta) {
                deltas.add(delta);
            }
        });
        return deltas;
    }

    private static void check(String file, List<Delta> deltas, Set<String> kinds) {
        JsonNode message = OtherEncodersTest.whole(Format.MESSAGES, deltas);
        JsonNode response = OtherEncodersTest.whole(Format.RESPONSES, deltas);

        List<JsonNode> events = OtherEncodersTest.events(OtherEncodersTest.stream(Format.MESSAGES, deltas));
        assertThat(OtherEncodersTest.content(events)).as(file).isEqualTo(message.path("content"));
        assertThat(timeless(OtherEncodersTest.events(OtherEncodersTest.stream(Format.RESPONSES, deltas)).getLast()
                .path("response"))).as(file).isEqualTo(timeless(response));
        assertThat(response.path("output")).as(file).hasSameSizeAs(message.path("content"));
        message.path("content").forEach(block -> kinds.add(block.path("type").asText()));
    }

    /** The two were made one after the other. */
    private static JsonNode timeless(JsonNode response) {
        return ((ObjectNode) response.deepCopy()).without("completed_at");
    }
}
