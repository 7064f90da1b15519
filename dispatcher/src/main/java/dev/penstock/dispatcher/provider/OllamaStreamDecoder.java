package dev.penstock.dispatcher.provider;

import java.util.Arrays;
import java.util.function.Consumer;

/** Decodes a stream of JSON texts, a line each, whose last one says that it is done. */
final class OllamaStreamDecoder implements AnswerDecoder {
    private final LineSplitter lines = new LineSplitter(this::line, SseSplitter.MAX_EVENT_BYTES);
    private final OllamaParser parser;
    private Consumer<AnswerEvent> events = OllamaStreamDecoder::ignore;

    OllamaStreamDecoder(OllamaParser parser) {
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
        if (from < to) {
            // A copy, for a parser counts from where it begins.
            parser.parse(Arrays.copyOfRange(bytes, from, to), to - from, events);
        }
    }
}
