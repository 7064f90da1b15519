package dev.penstock.dispatcher.provider;

import java.nio.charset.StandardCharsets;

/**
 * Splits a stream of server-sent events at any byte boundary. A last event without its blank line, which the standard
 * drops, is kept: some providers end so. Confined to one thread.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">The grammar</a>
 */
final class SseSplitter {
    /** Far above encrypted reasoning (60 kB) and images in base64 (a few MB), far below what hurts. */
    static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;

    private final Handler handler;
    private final int maxBytes;
    private final LineSplitter lines;
    private final Bytes data = new Bytes();
    private String event = "";
    private boolean hasData;

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
        this.lines = new LineSplitter(this::line, maxBytes);
    }

    /** Takes the next bytes; false if an event is larger than may be held, after which the stream is of no use. */
    boolean feed(byte[] bytes) {
        return lines.feed(bytes) && data.length <= maxBytes;
    }

    /** The stream is over. */
    void end() {
        lines.end();
        dispatch();
    }

    private void line(byte[] bytes, int from, int to) {
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
    static int value(byte[] bytes, int from, int to, String field) {
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
}
