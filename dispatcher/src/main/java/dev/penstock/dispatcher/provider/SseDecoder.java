package dev.penstock.dispatcher.provider;

import java.util.function.Consumer;

/** Decodes server-sent events, each of which the dialect's parser understands by itself. */
final class SseDecoder implements AnswerDecoder {
    private final SseSplitter splitter = new SseSplitter(this::event);
    private final Parser parser;
    /** Nobody listens before the first bytes are there, and nothing happens. */
    private Consumer<AnswerEvent> events = _ -> {};

    /** Reads the data of an event that has some. */
    interface Parser {
        /**
         * Reads one event; garbage gives {@link AnswerEvent.Failed}.
         *
         * @param type empty if it has none
         * @param data valid only during the call
         */
        void parse(String type, byte[] data, int length, Consumer<AnswerEvent> events);
    }

    SseDecoder(Parser parser) {
        this.parser = parser;
    }

    @Override
    public void decode(byte[] bytes, Consumer<AnswerEvent> events) {
        this.events = events;
        if (!splitter.feed(bytes)) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    @Override
    public void end(Consumer<AnswerEvent> events) {
        this.events = events;
        splitter.end();
    }

    private void event(String type, byte[] data, int length) {
        if (length > 0) {
            parser.parse(type, data, length, events);
        }
    }
}
