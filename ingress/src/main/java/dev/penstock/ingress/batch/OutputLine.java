package dev.penstock.ingress.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.ingress.admission.ErrorBody;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A line of an output or error file. Pure.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch/request-output">The request output object</a>
 */
final class OutputLine {
    private static final JsonFactory JSON = new JsonFactory();

    private interface Rest {
        void write(JsonGenerator json) throws IOException;
    }

    private OutputLine() {}

    /** What came of a line. */
    static byte[] of(BatchResult result) {
        Failure error = result.getError();
        return result.getStatus() == 0 && error != null
                ? notExecuted(result.getLine(), String.valueOf(error.getCode()), error.getMessage())
                : answered(result);
    }

    /** What was answered, well or not. */
    private static byte[] answered(BatchResult result) {
        return line(result.getRequestId(), result.getLine().getCustomId(), json -> {
            json.writeObjectFieldStart("response");
            json.writeNumberField("status_code", result.getStatus());
            json.writeStringField("request_id", result.getRequestId());
            json.writeFieldName("body");
            json.writeRawValue(body(result));
            json.writeEndObject();
            json.writeNullField("error");
        });
    }

    private static String body(BatchResult result) {
        Failure error = result.getError();
        if (error != null) {
            return new String(ErrorBody.json(new ApiError(result.getStatus(), error.getType(), error.getCode(),
                    error.getParam(), error.getMessage(), null)), StandardCharsets.UTF_8);
        }
        return result.getBody() == null
                ? "null"
                : StandardCharsets.UTF_8.decode(result.getBody().duplicate()).toString();
    }

    /** Nothing was sent to a provider. */
    static byte[] notExecuted(BatchLine line, String code, String message) {
        return line(BatchIds.request(line), line.getCustomId(), json -> {
            json.writeNullField("response");
            json.writeObjectFieldStart("error");
            json.writeStringField("code", code);
            json.writeStringField("message", message);
            json.writeEndObject();
        });
    }

    private static byte[] line(String id, String customId, Rest rest) {
        var bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("id", id);
            json.writeStringField("custom_id", customId);
            rest.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes every byte", e);
        }
        return bytes.toByteArray();
    }
}
