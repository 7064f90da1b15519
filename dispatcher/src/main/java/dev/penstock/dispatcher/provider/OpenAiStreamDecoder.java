package dev.penstock.dispatcher.provider;

import java.io.IOException;
import java.util.function.Consumer;

/** Decodes the server-sent events of a streamed chat completion. */
final class OpenAiStreamDecoder implements AnswerDecoder {
    private final SseSplitter splitter = new SseSplitter(this::event);
    private final ChatParser parser;
    private Consumer<AnswerEvent> events = OpenAiStreamDecoder::ignore;

    OpenAiStreamDecoder(ChatParser parser) {
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
        if (isDone(data, length)) {
            events.accept(new AnswerEvent.Done());
        } else if (type.equals("error")) {
            try {
                ChatParser.fail(data, length, events);
            } catch (IOException _) {
                events.accept(new AnswerEvent.Failed(Failures.FAILED));
            }
        } else if (length > 0) {
            parser.parse(data, length, events);
        }
    }

    private static boolean isDone(byte[] data, int length) {
        return length >= 6 && data[0] == '[' && data[1] == 'D' && data[2] == 'O' && data[3] == 'N' && data[4] == 'E'
                && data[5] == ']';
    }
}
