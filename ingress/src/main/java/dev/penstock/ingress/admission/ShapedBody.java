package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Holds a body against a shape. */
public sealed interface ShapedBody {
    /** The body without the fields that its shape does not have or hold back. */
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Valid(byte[] body) implements ShapedBody {}

    /** What is wrong with it; nothing of its prompt is in the error. */
    record Invalid(ApiError error) implements ShapedBody {}

    /** Reads a body once. A field that is given twice in one object makes it invalid. */
    static ShapedBody read(byte[] body, ObjectShape shape) {
        try (var copier = new Copier(body, ChatRequestReader.JSON)) {
            if (copier.next() != JsonToken.START_OBJECT) {
                return new Invalid(Violations.unreadable());
            }
            ApiError error = copier.copy(shape);
            if (error != null) {
                return new Invalid(error);
            }
            return copier.next() == null
                    ? new Valid(copier.bytes(new byte[0]))
                    : new Invalid(Violations.unreadable());
        } catch (JacksonException _) { // its text quotes the body
            return new Invalid(Violations.unreadable());
        } catch (IOException e) {
            throw new UncheckedIOException("an array has every byte", e);
        }
    }
}
