package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /v1/batches}. Pure.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch/create">Create batch</a>
 */
public final class BatchBody {
    private static final int MOST_METADATA = 16;
    private static final int LONGEST_KEY = 64;
    private static final int LONGEST_VALUE = 512;

    /** What a body came to. */
    public sealed interface Result {
        /**
         * A batch to be made.
         *
         * @param outputExpiresAfter seconds that its files are kept; null: the usual time
         * @param budgetNanoUsd what its lines may cost in all, an extension of ours: {@code "budget": "2.50"}; or null
         */
        record Valid(String inputFileId, String endpoint, String completionWindow, Map<String, String> metadata,
                @Nullable Long outputExpiresAfter, @Nullable Long budgetNanoUsd) implements Result {}

        /** None. */
        record Invalid(ApiError error) implements Result {}
    }

    private final List<String> endpoints;
    private final Map<String, String> metadata = new HashMap<>();
    private @Nullable String inputFileId;
    private @Nullable String endpoint;
    private @Nullable String window;
    private @Nullable Long expiresAfter;
    private @Nullable Long budget;
    private @Nullable ApiError error;

    private BatchBody(List<String> endpoints) {
        this.endpoints = endpoints;
    }

    /** Reads a body in UTF-8; {@code endpoints} are those that a batch can be for. */
    public static Result read(byte[] bytes, List<String> endpoints) {
        var body = new BatchBody(endpoints);
        ApiError error = SmallBody.read(bytes, body::field);
        return error == null ? body.result() : new Result.Invalid(error);
    }

    private Result result() {
        if (inputFileId == null) {
            return new Result.Invalid(Violations.missing("", "input_file_id"));
        }
        if (endpoint == null) {
            return new Result.Invalid(Violations.missing("", "endpoint"));
        }
        if (window == null) {
            return new Result.Invalid(Violations.missing("", "completion_window"));
        }
        return new Result.Valid(inputFileId, endpoint, window, Map.copyOf(metadata), expiresAfter, budget);
    }

    private @Nullable ApiError field(String name, JsonParser json) throws IOException {
        switch (name) {
            case "input_file_id" -> inputFileId = text(name, json);
            case "endpoint" -> endpoint = choice(name, json, endpoints);
            case "completion_window" -> window = choice(name, json, List.of("24h"));
            case "metadata" -> metadata(json);
            case "output_expires_after" -> expiry(name, json);
            case "budget" -> budget(json);
            default -> json.skipChildren(); // as OpenAI does with what it does not know
        }
        return error;
    }

    private @Nullable String text(String name, JsonParser json) throws IOException {
        if (json.hasToken(JsonToken.VALUE_STRING)) {
            return json.getText();
        }
        error = Violations.type(name, "a string", json.currentToken());
        return null;
    }

    private @Nullable String choice(String name, JsonParser json, List<String> values) throws IOException {
        String text = text(name, json);
        if (text != null && !values.contains(text)) {
            error = Violations.choice(name, text, values);
        }
        return text;
    }

    private void metadata(JsonParser json) throws IOException {
        if (json.hasToken(JsonToken.VALUE_NULL)) {
            return;
        }
        if (!json.hasToken(JsonToken.START_OBJECT)) {
            error = Violations.type("metadata", "an object", json.currentToken());
            return;
        }
        String key;
        while (error == null && (key = json.nextFieldName()) != null) {
            String path = "metadata." + Violations.shown(key);
            json.nextToken();
            String value = text(path, json);
            if (value != null) {
                metadata.put(key, value);
                if (key.length() > LONGEST_KEY) {
                    error = Violations.textLength(path, key.length(), 1, LONGEST_KEY);
                } else if (value.length() > LONGEST_VALUE) {
                    error = Violations.textLength(path, value.length(), 0, LONGEST_VALUE);
                } else if (metadata.size() > MOST_METADATA) {
                    error = Refusals.invalidParameter("metadata", "must have at most " + MOST_METADATA + " pairs");
                }
            }
        }
    }

    private void expiry(String name, JsonParser json) throws IOException {
        if (json.hasToken(JsonToken.VALUE_NULL)) {
            return;
        }
        if (!json.hasToken(JsonToken.START_OBJECT)) {
            error = Violations.type(name, "an object", json.currentToken());
            return;
        }
        var fields = new HashMap<String, String>();
        String key;
        while ((key = json.nextFieldName()) != null) {
            if (json.nextToken().isScalarValue()) {
                fields.put(key, json.getText());
            } else {
                json.skipChildren();
            }
        }
        switch (Expiry.read(fields.get("anchor"), fields.get("seconds"), name)) {
            case Expiry.Result.Valid(long seconds) -> expiresAfter = seconds;
            case Expiry.Result.Invalid(var why) -> error = why;
        }
    }

    private void budget(JsonParser json) throws IOException {
        if (json.hasToken(JsonToken.VALUE_NULL)) {
            return;
        }
        long nano = SmallBody.amount(json);
        if (nano > 0) {
            budget = nano;
            return;
        }
        error = Refusals.invalidParameter("budget",
                "must be US dollars, positive, with at most nine decimals, or null");
    }
}
