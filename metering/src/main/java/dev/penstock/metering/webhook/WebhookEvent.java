package dev.penstock.metering.webhook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/**
 * Something to tell, in the shape of OpenAI's webhook events.
 *
 * @param id begins with {@code evt_}; the same however often it is told
 * @param type such as {@code alert.cap_threshold}
 * @param tenant whom it is about
 * @param data writes the fields of the object {@code data}
 * @see <a href="https://platform.openai.com/docs/api-reference/webhook-events">OpenAI's webhook events</a>
 */
record WebhookEvent(String id, String type, String tenant, Instant createdAt, Fields data) {
    private static final JsonFactory JSON = new JsonFactory();

    /** Writes the fields of an object. */
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** What is posted, in UTF-8. */
    byte[] payload() {
        var bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("id", id);
            json.writeStringField("object", "event");
            json.writeStringField("type", type);
            json.writeNumberField("created_at", createdAt.getEpochSecond());
            json.writeObjectFieldStart("data");
            data.write(json);
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes every byte", e);
        }
        return bytes.toByteArray();
    }
}
