package dev.penstock.ingress.admission;

import dev.penstock.schemas.event.Format;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How the answer to a request is to be written.
 *
 * @param format in which API
 * @param echo JSON object of what the answer repeats of the request; null if nothing
 * @param store whether it is kept, for who comes for it later
 * @param background whether nobody waits for it
 * @param input of a response, all of its input items, as a JSON array; null elsewhere
 */
public record Framing(Format format, @Nullable ByteBuffer echo, boolean store, boolean background,
        @Nullable ByteBuffer input) {
    /** An answer that is not kept. */
    public Framing(Format format, @Nullable ByteBuffer echo) {
        this(format, echo, false, false, null);
    }

    /** The same, to be kept or not. */
    public Framing kept(boolean stored) {
        return new Framing(format, echo, stored, stored && background, input);
    }

    /** An answer in an API whose answers repeat nothing. */
    public static Framing of(Format format) {
        return new Framing(format, null);
    }
}
