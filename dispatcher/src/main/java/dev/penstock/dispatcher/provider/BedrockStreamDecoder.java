package dev.penstock.dispatcher.provider;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

/**
 * Decodes {@code application/vnd.amazon.eventstream}. A message is a length of 4 bytes and as many bytes with it; AWS's
 * library reads it and checks its sums. The library's own {@code MessageDecoder} reserves 2 MiB for every stream.
 *
 * @see <a href="https://smithy.io/2.0/aws/amazon-eventstream.html">The encoding</a>
 */
final class BedrockStreamDecoder implements AnswerDecoder {
    private static final int LENGTH_BYTES = 4;
    /** What no message is shorter than: two lengths and two sums. */
    private static final int LEAST = 16;
    private static final int MOST = 16 * 1024 * 1024;

    private final BedrockParser parser = new BedrockParser();
    private byte[] held = new byte[1024];
    private int length;
    private boolean failed;

    @Override
    public void decode(byte[] bytes, Consumer<AnswerEvent> events) {
        if (failed) {
            return;
        }
        if (length + bytes.length > held.length) {
            held = Arrays.copyOf(held, Math.max(2 * held.length, length + bytes.length));
        }
        System.arraycopy(bytes, 0, held, length, bytes.length);
        length += bytes.length;
        int at = 0;
        while (!failed && length - at >= LENGTH_BYTES) {
            int size = ByteBuffer.wrap(held).getInt(at);
            if (size < LEAST || size > MOST) {
                fail(events);
            } else if (length - at < size) {
                break;
            } else {
                message(ByteBuffer.wrap(held, at, size).slice(), events);
                at += size;
            }
        }
        System.arraycopy(held, at, held, 0, length - at);
        length -= at;
    }

    private void message(ByteBuffer bytes, Consumer<AnswerEvent> events) {
        Message message;
        try {
            message = Message.decode(bytes);
        } catch (RuntimeException _) { // of no documented kind
            fail(events);
            return;
        }
        switch (header(message, ":message-type")) {
            case "event" -> parser.parse(header(message, ":event-type"), message.getPayload(), events);
            case "exception" -> events.accept(new AnswerEvent.Failed(
                    BedrockErrors.inAnswer(header(message, ":exception-type"), message.getPayload())));
            default -> events.accept(new AnswerEvent.Failed(
                    BedrockErrors.inAnswer(header(message, ":error-code"), message.getPayload())));
        }
    }

    private static String header(Message message, String name) {
        @Nullable
        HeaderValue value = message.getHeaders().get(name);
        return value == null ? "" : value.getString();
    }

    private void fail(Consumer<AnswerEvent> events) {
        failed = true;
        events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
    }

    @Override
    public void end(Consumer<AnswerEvent> events) {
        // What is held is a part of a message, which says nothing.
    }
}
