package dev.penstock.dispatcher.provider;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Decodes DashScope's events. A line {@code data:} is all of one, and the status is told in a comment before it, for
 * even an error comes with 200: {@code :HTTP_STATUS/400}. There is no mark of the end.
 */
final class QwenStreamDecoder implements AnswerDecoder {
    private static final byte[] STATUS = ":HTTP_STATUS/".getBytes(StandardCharsets.US_ASCII);

    private final LineSplitter lines = new LineSplitter(this::line, SseSplitter.MAX_EVENT_BYTES);
    private final QwenParser parser;
    private Consumer<AnswerEvent> events = QwenStreamDecoder::ignore;
    private int status = 200;

    QwenStreamDecoder(QwenParser parser) {
        this.parser = parser;
    }

    @Override
    public void decode(byte[] bytes, Consumer<AnswerEvent> events) {
        this.events = events;
        if (!lines.feed(bytes)) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    @Override
    public void end(Consumer<AnswerEvent> events) {
        this.events = events;
        lines.end();
    }

    /** Nobody listens before the first bytes are there, and nothing happens. */
    private static void ignore(AnswerEvent event) {}

    private void line(byte[] bytes, int from, int to) {
        int data = from < to ? SseSplitter.value(bytes, from, to, "data") : -1;
        if (data >= 0 && data < to) {
            // A copy, for a parser counts from where it begins.
            parser.parse(Arrays.copyOfRange(bytes, data, to), to - data, status, events);
        } else if (from < to && bytes[from] == ':') {
            readStatus(bytes, from, to);
        }
    }

    private void readStatus(byte[] bytes, int from, int to) {
        int at = from;
        while (at - from < STATUS.length && at < to && bytes[at] == STATUS[at - from]) {
            at++;
        }
        if (at - from < STATUS.length) {
            return;
        }
        int said = 0;
        for (; at < to && bytes[at] >= '0' && bytes[at] <= '9' && said < 1000; at++) {
            said = 10 * said + bytes[at] - '0';
        }
        status = said;
    }
}
