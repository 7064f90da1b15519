package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SseSplitterTest {
    @Test
    void takesEveryKindOfLineEnd() {
        assertThat(events("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\r\n\n")).containsExactly("a", "b", "c", "d");
    }

    @Test
    void takesAtMostOneSpaceFromTheValue() {
        assertThat(events("data:a\n\ndata:  b\n\n")).containsExactly("a", " b");
    }

    @Test
    void joinsTheDataLinesOfAnEvent() {
        assertThat(events("data: a\ndata\ndata: b\n\n")).containsExactly("a\n\nb");
    }

    @Test
    void skipsCommentsUnknownFieldsAndEventsWithoutData() {
        assertThat(events(": hello\n\nid: 1\nretry: 3\ndatabase: x\nevent: ping\n\ndata: a\n\n")).containsExactly("a");
    }

    @Test
    void tellsTheTypeOfAnEventAndForgetsItAfter() {
        assertThat(events("event: error\ndata: a\n\ndata: b\n\n")).containsExactly("error|a", "b");
    }

    @Test
    void skipsOneByteOrderMark() {
        assertThat(events("\uFEFFdata: a\n\n")).containsExactly("a");
    }

    @Test
    void keepsALastEventWithoutItsBlankLine() {
        assertThat(events("data: a\n\ndata: b")).containsExactly("a", "b");
        assertThat(events("data: a\n\ndata: b\n")).containsExactly("a", "b");
    }

    @Test
    void splitsTheSameWhereverTheBytesAreCut() {
        byte[] stream = Samples.bytes("\uFEFF: c\r\n\r\ndata: gr\u00fc\u00df \ud83d\ude00\r\ndata:x\r\n\r\n"
                + "event: e\rdata: b\r\rdata: c\n\ndata: [DONE]");
        List<String> whole = split(stream);
        assertThat(whole).hasSize(4);
        for (int at = 0; at <= stream.length; at++) {
            assertThat(split(Samples.split(stream, at))).isEqualTo(whole);
        }
        assertThat(split(Samples.crumbs(stream))).isEqualTo(whole);
    }

    @Test
    void refusesAnEventThatIsTooLarge() {
        var splitter = new SseSplitter((_, _, _) -> {}, 10);
        assertThat(splitter.feed(Samples.bytes("data: a\n\n"))).isTrue();
        assertThat(splitter.feed(Samples.bytes("data: abc"))).isTrue();
        assertThat(splitter.feed(Samples.bytes("defghijk"))).isFalse();
    }

    private static List<String> events(String stream) {
        return split(Samples.bytes(stream));
    }

    private static List<String> split(byte[]... pieces) {
        var events = new ArrayList<String>();
        var splitter = new SseSplitter((event, data, length) -> events
                .add((event.isEmpty() ? "" : event + "|") + new String(data, 0, length, StandardCharsets.UTF_8)));
        for (byte[] piece : pieces) {
            assertThat(splitter.feed(piece)).isTrue();
        }
        splitter.end();
        return events;
    }
}
