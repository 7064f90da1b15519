package dev.penstock.ingress.replay;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.penstock.ingress.replay.Replay.Event;
import dev.penstock.schemas.event.ResponseHead;
import dev.penstock.schemas.event.ResponsePart;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** Writes the numbers of events: as their {@code id}, and where the API has one in them, there too. */
final class Numbering {
    private static final byte[] SEQUENCE = "\"sequence_number\":".getBytes(StandardCharsets.US_ASCII);

    private Numbering() {}

    /** The event of some bytes; what an attempt after the first has numbered from 0 is numbered anew. */
    static Event event(int number, byte[] bytes, int from, int to, boolean renumber) {
        var out = new ByteArrayOutputStream(to - from + 24);
        out.writeBytes(("id: " + number + "\n").getBytes(StandardCharsets.US_ASCII));
        int at = renumber ? find(bytes, from, to) : -1;
        if (at < 0) {
            out.write(bytes, from, to - from);
        } else {
            out.write(bytes, from, at - from);
            out.writeBytes(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
            int rest = at;
            while (rest < to && bytes[rest] >= '0' && bytes[rest] <= '9') {
                rest++;
            }
            out.write(bytes, rest, to - rest);
        }
        return new Event(number, out.toByteArray());
    }

    /** Where the first number of an event begins, which is its own: before it comes only its type. */
    private static int find(byte[] bytes, int from, int to) {
        for (int i = from; i + SEQUENCE.length <= to; i++) {
            if (Arrays.equals(bytes, i, i + SEQUENCE.length, SEQUENCE, 0, SEQUENCE.length)) {
                return i + SEQUENCE.length;
            }
        }
        return -1;
    }

    /**
     * The event that says that what was said so far is void, since who said it was lost: in each API one that its
     * clients pass over, or take for a chunk without content.
     */
    static Event anew(ResponsePart first, int number, int attempt) {
        ResponseHead head = Objects.requireNonNull(first.getHead(), "the ingress writes it");
        String id = first.getRequestId();
        String restarted = "\"penstock\":{\"restarted\":true,\"attempt\":" + attempt + "}";
        String model = new String(JsonStringEncoder.getInstance()
                .quoteAsUTF8(head.getModel()), StandardCharsets.UTF_8);
        String event = switch (head.getFormat()) {
            case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, MODERATIONS -> "data: {\"id\":\"" + id + "\",\"object\":\""
                    + (id.startsWith("chat") ? "chat.completion.chunk" : "text_completion") + "\",\"created\":"
                    + first.getAt().getEpochSecond() + ",\"model\":\"" + model + "\",\"choices\":[]," + restarted + "}";
            case RESPONSES -> "event: response.restarted\ndata: {\"type\":\"response.restarted\",\"sequence_number\":"
                    + number + ",\"response_id\":\"" + id + "\"," + restarted + "}";
            case MESSAGES -> "event: restarted\ndata: {\"type\":\"restarted\"," + restarted + "}";
        };
        byte[] bytes = (event + "\n\n").getBytes(StandardCharsets.UTF_8);
        return event(number, bytes, 0, bytes.length, false);
    }
}
