package dev.penstock.dispatcher.provider;

import java.util.function.Consumer;

/** Decodes the server-sent events of a stream of Anthropic's Messages API; each tells its type in its JSON as well. */
final class AnthropicStreamDecoder implements AnswerDecoder {
    private final SseSplitter splitter = new SseSplitter(this::event);
    private final AnthropicParser parser = new AnthropicParser();
    private Consumer<AnswerEvent> events = AnthropicStreamDecoder::ignore;

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
