package dev.penstock.deploy.simulator;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Writes {@code application/vnd.amazon.eventstream}: for each line {@code TYPE JSON} a message, which is two lengths and
 * their sum, headers, the JSON, and the sum of all.
 *
 * @see <a href="https://smithy.io/2.0/aws/amazon-eventstream.html">The encoding</a>
 */
final class EventStream {
    /** Begins the type of an exception. */
    static final String EXCEPTION = "!";
    /** Two lengths and two sums. */
    private static final int FRAME_BYTES = 16;
    private static final byte TEXT = 7;

    private EventStream() {}

    static Buffer encode(String lines) {
        Buffer messages = Buffer.buffer();
        lines.lines().forEach(line -> {
            int space = line.indexOf(' ');
            messages.appendBuffer(message(line.substring(0, space), line.substring(space + 1)));
        });
        return messages;
    }

    private static Buffer message(String type, String json) {
        boolean failed = type.startsWith(EXCEPTION);
        Buffer headers = Buffer.buffer();
        header(headers, failed ? ":exception-type" : ":event-type", failed ? type.substring(1) : type);
        header(headers, ":content-type", "application/json");
        header(headers, ":message-type", failed ? "exception" : "event");
        byte[] payload = json.getBytes(StandardCharsets.UTF_8);
        Buffer message = Buffer.buffer().appendInt(FRAME_BYTES + headers.length() + payload.length)
                .appendInt(headers.length());
        message.appendInt(sum(message)).appendBuffer(headers).appendBytes(payload);
        return message.appendInt(sum(message));
    }

    private static void header(Buffer headers, String name, String value) {
        headers.appendByte((byte) name.length()).appendString(name).appendByte(TEXT)
                .appendShort((short) value.length()).appendString(value);
    }

    private static int sum(Buffer bytes) {
        var sum = new CRC32();
        sum.update(bytes.getBytes());
        return (int) sum.getValue();
    }
}
