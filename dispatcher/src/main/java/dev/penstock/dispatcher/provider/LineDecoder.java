package dev.penstock.dispatcher.provider;

import java.util.function.Consumer;

/** Decodes a stream of lines, each of which the dialect's reader understands by itself. */
final class LineDecoder implements AnswerDecoder {
    private final LineSplitter lines = new LineSplitter(this::line, SseSplitter.MAX_EVENT_BYTES);
    private final Reader reader;
    /** Nobody listens before the first bytes are there, and nothing happens. */
    private Consumer<AnswerEvent> events = _ -> {};

    /** Reads a line that is not empty. */
    interface Reader {
        /**
         * Reads one line.
         *
         * @param bytes valid only during the call
         */
        void read(byte[] bytes, int from, int to, Consumer<AnswerEvent> events);
    }

    LineDecoder(Reader reader) {
        this.reader = reader;
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

    private void line(byte[] bytes, int from, int to) {
        if (from < to) {
            reader.read(bytes, from, to, events);
        }
    }
}
