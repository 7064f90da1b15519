package dev.penstock.ingress.admission;

import dev.penstock.schemas.event.Format;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How the answer to a request is to be written.
 *
 * @param format in which API
 * @param echo JSON object of what the answer repeats of the request; null if nothing
 */
public record Framing(Format format, @Nullable ByteBuffer echo) {
    /** An answer in an API whose answers repeat nothing. */
    public static Framing of(Format format) {
        return new Framing(format, null);
    }
}
