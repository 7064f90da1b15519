package dev.penstock.deploy.bench;

import java.util.Arrays;

/**
 * Cuts a body of server-sent events into the data of its events, across any borders of its parts. Data of one line is all
 * that a chat stream has (WHATWG's grammar allows more); comments and other fields are passed over.
 */
final class EventLines {
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final Sink sink;
    /** A line's begin, kept from the parts before. */
    private byte[] rest = {};

    /** Takes an event's data: a range of bytes that is valid during the call. */
    interface Sink {
        void data(byte[] bytes, int offset, int length);
    }

    EventLines(Sink sink) {
        this.sink = sink;
    }

    void take(byte[] part) {
        byte[] bytes = part;
        if (rest.length > 0) {
            bytes = Arrays.copyOf(rest, rest.length + part.length);
            System.arraycopy(part, 0, bytes, rest.length, part.length);
        }
        int start = 0;
        for (int i = rest.length; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                line(bytes, start, i > start && bytes[i - 1] == '\r' ? i - 1 : i);
                start = i + 1;
            }
        }
        rest = Arrays.copyOfRange(bytes, start, bytes.length);
    }

    private void line(byte[] bytes, int start, int end) {
        int from = start + DATA.length;
        if (end < from || !Arrays.equals(bytes, start, from, DATA, 0, DATA.length)) {
            return;
        }
        int data = from < end && bytes[from] == ' ' ? from + 1 : from;
        sink.data(bytes, data, end - data);
    }
}
