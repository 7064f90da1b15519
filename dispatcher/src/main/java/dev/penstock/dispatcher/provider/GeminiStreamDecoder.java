package dev.penstock.dispatcher.provider;

import java.util.function.Consumer;

/** Decodes the server-sent events of {@code streamGenerateContent?alt=sse}, which end without a mark of the end. */
final class GeminiStreamDecoder implements AnswerDecoder {
    private final SseSplitter splitter = new SseSplitter(this::event);
    private final GeminiParser parser;
    private Consumer<AnswerEvent> events = GeminiStreamDecoder::ignore;

    GeminiStreamDecoder(GeminiParser parser) {
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

    /** Nobody listens before the first bytes are there, and nothing happens. */
    private static void ignore(AnswerEvent event) {}

    private void event(String type, byte[] data, int length) {
        if (length > 0) {
            parser.parse(data, length, events);
        }
    }
}
