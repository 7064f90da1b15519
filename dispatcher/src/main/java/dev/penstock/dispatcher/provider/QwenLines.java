package dev.penstock.dispatcher.provider;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Reads the lines of DashScope's events. A line {@code data:} is all of one, and the status is told in a comment before it, for
 * even an error comes with 200: {@code :HTTP_STATUS/400}. There is no mark of the end.
 */
final class QwenLines implements LineDecoder.Reader {
    private static final byte[] STATUS = ":HTTP_STATUS/".getBytes(StandardCharsets.US_ASCII);

    private final QwenParser parser;
    private int status = 200;

    QwenLines(QwenParser parser) {
        this.parser = parser;
    }

    @Override
    public void read(byte[] bytes, int from, int to, Consumer<AnswerEvent> events) {
        int data = SseSplitter.value(bytes, from, to, "data");
        if (data >= 0 && data < to) {
            // A copy, for a parser counts from where it begins.
            parser.parse(Arrays.copyOfRange(bytes, data, to), to - data, status, events);
        } else if (bytes[from] == ':') {
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
