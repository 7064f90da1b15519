package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes server-sent events as Messages and Responses have them: named, and with the name as the field {@code type}. */
final class NamedEvents {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private final JsonGenerator json = AnswerJson.generator(bytes);

    /** Writes the fields of an event that come after {@code type}. */
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    void write(String type, Fields fields) {
        try {
            json.writeRaw("event: ");
            json.writeRaw(type);
            json.writeRaw("\ndata: ");
            json.writeStartObject();
            json.writeStringField("type", type);
            fields.write(json);
            json.writeEndObject();
            json.writeRaw("\n\n");
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
    }

    /** The events written since the last call; empty if there are none. */
    byte[] take() {
        try {
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        byte[] taken = bytes.toByteArray();
        bytes.reset();
        return taken;
    }
}
