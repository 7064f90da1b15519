package dev.penstock.ingress.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.penstock.schemas.event.BatchError;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a line of a batch's input: {@code {"custom_id", "method": "POST", "url", "body": {"model", ...}}}. Whether the
 * body is a valid request is seen when it is its turn, as with OpenAI. Pure.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch/request-input">The request input object</a>
 */
final class LineReader {
    private static final JsonFactory JSON = JsonFactory.builder().disable(JsonFactory.Feature.CHARSET_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build()).build();
    private static final int MOST_SHOWN = 64;

    sealed interface Result {
        /** A good line; {@code body} is JSON as the line has it. */
        @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
        record Valid(String customId, String model, byte[] body) implements Result {}

        record Invalid(BatchError error) implements Result {}
    }

    private final byte[] line;
    private final int number;
    private @Nullable String customId;
    private @Nullable String method;
    private @Nullable String url;
    private @Nullable String model;
    private byte @Nullable [] body;

    private LineReader(byte[] line, int number) {
        this.line = line;
        this.number = number;
    }

    /**
     * Reads a line.
     *
     * @param number from 1, for errors
     * @param endpoint that its {@code url} has to be
     */
    static Result read(byte[] line, int number, String endpoint) {
        var reader = new LineReader(line, number);
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT || !reader.fields(json) || json.nextToken() != null) {
                return reader.invalid("invalid_json_line", null, "This line is not parseable as valid JSON.");
            }
        } catch (IOException _) {
            return reader.invalid("invalid_json_line", null, "This line is not parseable as valid JSON.");
        }
        return reader.check(endpoint);
    }

    private boolean fields(JsonParser json) throws IOException {
        String field;
        while ((field = json.nextFieldName()) != null) {
            JsonToken value = json.nextToken();
            switch (field) {
                case "custom_id" -> customId = text(json);
                case "method" -> method = text(json);
                case "url" -> url = text(json);
                case "body" -> {
                    if (value == JsonToken.START_OBJECT) {
                        int from = (int) json.currentTokenLocation().getByteOffset();
                        findModel(json);
                        body = Arrays.copyOfRange(line, from, (int) json.currentLocation().getByteOffset());
                    } else {
                        json.skipChildren();
                    }
                }
                default -> json.skipChildren();
            }
        }
        return json.hasToken(JsonToken.END_OBJECT);
    }

    private void findModel(JsonParser json) throws IOException {
        String field;
        while ((field = json.nextFieldName()) != null) {
            json.nextToken();
            if (field.equals("model")) {
                model = text(json);
            }
            json.skipChildren();
        }
    }

    private static @Nullable String text(JsonParser json) throws IOException {
        if (json.hasToken(JsonToken.VALUE_STRING)) {
            return json.getText();
        }
        json.skipChildren();
        return null;
    }

    private Result check(String endpoint) {
        if (customId == null) {
            return missing("custom_id");
        }
        if (method == null) {
            return missing("method");
        }
        if (url == null) {
            return missing("url");
        }
        if (body == null) {
            return missing("body");
        }
        if (!method.equals("POST")) {
            return invalid("invalid_method", "method", "Invalid method: '" + shown(method) + "'. It must be 'POST'.");
        }
        if (!url.equals(endpoint)) {
            return invalid("invalid_url", "url", "The URL '" + shown(url)
                    + "' of this line does not match the endpoint of the batch, '" + endpoint + "'.");
        }
        if (model == null) {
            return missing("body.model");
        }
        return new Result.Valid(customId, model, body);
    }

    private Result missing(String path) {
        return invalid("missing_required_parameter", path, "Missing required parameter: '" + path + "'.");
    }

    private Result invalid(String code, @Nullable String param, String message) {
        return new Result.Invalid(new BatchError(code, message, param, number));
    }

    private static String shown(String value) {
        return value.length() <= MOST_SHOWN ? value : value.substring(0, MOST_SHOWN) + "...";
    }
}
