package dev.penstock.dispatcher.provider;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Splits a stream of server-sent events at any byte boundary. Works on bytes throughout, so that a character cut in two
 * by the network is never seen. A last event without its blank line, which the standard drops, is kept: some
 * providers end so. Confined to one thread.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">The grammar</a>
 */
final class SseSplitter {
    /** Far above encrypted reasoning (60 kB) and images in base64 (a few MB), far below what hurts. */
    static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;

    private final Handler handler;
    private final int maxBytes;
    private final Bytes line = new Bytes();
    private final Bytes data = new Bytes();
    private String event = "";
    private boolean hasData;
    private boolean firstLine = true;
    private boolean afterCr;

    /** Takes the events. */
    interface Handler {
        /**
         * A whole event.
         *
         * @param event its type, empty if it has none
         * @param data valid only during the call
         */
        void event(String event, byte[] data, int length);
    }

    SseSplitter(Handler handler) {
        this(handler, MAX_EVENT_BYTES);
    }

    SseSplitter(Handler handler, int maxBytes) {
        this.handler = handler;
        this.maxBytes = maxBytes;
    }

    /** Takes the next bytes; false if an event is larger than may be held, after which the stream is of no use. */
    boolean feed(byte[] bytes) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b > '\r') {
                continue;
            }
            if (b == '\n' && afterCr && i == start) {
                afterCr = false;
                start = i + 1;
            } else if (b == '\n' || b == '\r') {
                if (!fits(i - start)) {
                    return false;
                }
                endLine(bytes, start, i);
                start = i + 1;
                afterCr = b == '\r';
            }
        }
        if (!fits(bytes.length - start)) {
            return false;
        }
        if (start < bytes.length) {
            afterCr = false;
            line.append(bytes, start, bytes.length);
        }
        return true;
    }

    /** The stream is over. */
    void end() {
        if (line.length > 0) {
            endLine(line.array, 0, 0);
        }
        dispatch();
    }

    private boolean fits(int more) {
        return (long) line.length + data.length + more <= maxBytes;
    }

    /** Ends the line made of what is held and of this range. */
    private void endLine(byte[] bytes, int from, int to) {
        if (line.length == 0) {
            line(bytes, from, to);
        } else {
            line.append(bytes, from, to);
            line(line.array, 0, line.length);
            line.length = 0;
        }
    }

    private void line(byte[] bytes, int start, int to) {
        int from = start;
        if (firstLine) {
            firstLine = false;
            if (to - from >= 3 && bytes[from] == (byte) 0xEF && bytes[from + 1] == (byte) 0xBB
                    && bytes[from + 2] == (byte) 0xBF) {
                from += 3;
            }
        }
        if (from == to) {
            dispatch();
            return;
        }
        int at = value(bytes, from, to, "data");
        if (at >= 0) {
            if (hasData) {
                data.append('\n');
            }
            hasData = true;
            data.append(bytes, at, to);
            return;
        }
        at = value(bytes, from, to, "event");
        if (at >= 0) {
            event = new String(bytes, at, to - at, StandardCharsets.UTF_8);
        }
    }

    /** Where the value of a field begins; -1 if the line is of another field or a comment. */
    private static int value(byte[] bytes, int from, int to, String field) {
        int end = from + field.length();
        if (end > to || end < to && bytes[end] != ':') {
            return -1;
        }
        for (int i = 0; i < field.length(); i++) {
            if (bytes[from + i] != field.charAt(i)) {
                return -1;
            }
        }
        int at = Math.min(end + 1, to);
        return at < to && bytes[at] == ' ' ? at + 1 : at;
    }

    private void dispatch() {
        if (hasData) {
            handler.event(event, data.array, data.length);
        }
        hasData = false;
        data.length = 0;
        event = "";
    }

    /** Bytes that grow and are used again. */
    private static final class Bytes {
        private byte[] array = new byte[1024];
        private int length;

        void append(byte[] bytes, int from, int to) {
            reserve(to - from);
            System.arraycopy(bytes, from, array, length, to - from);
            length += to - from;
        }

        void append(char ascii) {
            reserve(1);
            array[length++] = (byte) ascii;
        }

        private void reserve(int more) {
            if (length + more > array.length) {
                array = Arrays.copyOf(array, Math.max(2 * array.length, length + more));
            }
        }
    }
}
