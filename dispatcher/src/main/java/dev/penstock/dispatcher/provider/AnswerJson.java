package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** What a chat completion and its chunks have in common on the wire. */
final class AnswerJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private AnswerJson() {}

    /** A generator of any number of JSON texts with nothing between them. */
    static JsonGenerator generator(ByteArrayOutputStream bytes) {
        try {
            return FACTORY.createGenerator(bytes).setRootValueSeparator(null);
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
    }

    /**
     * The fields before {@code choices}, to be written again and again. The id is the request's: it is what the caller
     * can ask us about, and some providers' are not unique.
     *
     * @param start what comes before them
     */
    static SerializedString head(String start, String object, RequestEnvelope envelope, Origin origin) {
        var text = new StringWriter();
        text.write(start);
        try (JsonGenerator json = FACTORY.createGenerator(text).disable(AUTO_CLOSE_JSON_CONTENT)) {
            json.writeStartObject();
            json.writeStringField("id", envelope.getRequestId());
            json.writeStringField("object", object);
            json.writeNumberField("created",
                    origin.created() == 0 ? envelope.getAcceptedAt().getEpochSecond() : origin.created());
            json.writeStringField("model", origin.model() == null ? envelope.getModel() : origin.model());
            writeContinuedBy(json, envelope);
            writeUnlessNull(json, "service_tier", origin.serviceTier());
            writeUnlessNull(json, "system_fingerprint", origin.systemFingerprint());
            json.writeArrayFieldStart("choices");
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return new SerializedString(text.toString());
    }

    /** Says who goes on, where that is not who began: {@code "penstock":{"continued_by":"PROVIDER/MODEL"}}. */
    static void writeContinuedBy(JsonGenerator json, RequestEnvelope envelope) throws IOException {
        Continued continued = envelope.getContinued();
        if (continued != null && continued.getSeen() > 0) {
            Candidate by = envelope.getRoute().get(envelope.getNext());
            json.writeObjectFieldStart("penstock");
            json.writeStringField("continued_by",
                    by.getProvider() + "/" + (by.getName().isEmpty() ? envelope.getModel() : by.getName()));
            json.writeEndObject();
        }
    }

    static void writeUnlessNull(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }
}
