package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What can be wrong with a body, in the words that OpenAI's API uses for it. A value of the caller's is shown only if
 * it stands where a number or one of a few words belongs, and then cut.
 */
final class Violations {
    private static final int SHOWN = 64;

    private Violations() {}

    static ApiError unreadable() {
        return error(null, null, "We could not parse the JSON body of your request. (HINT: This likely means you"
                + " aren't using your HTTP library correctly. A JSON object in UTF-8 is expected.)");
    }

    static ApiError duplicate(String path) {
        return error(path, null, "We could not parse the JSON body of your request: '" + path + "' is given twice.");
    }

    static ApiError missing(String parent, String field) {
        String path = parent.isEmpty() ? field : parent + "." + field;
        return error(path, "missing_required_parameter", "Missing required parameter: '" + path + "'.");
    }

    static ApiError type(String path, String expected, JsonToken got) {
        return error(path, "invalid_type",
                "Invalid type for '" + path + "': expected " + expected + ", but got " + name(got) + " instead.");
    }

    static ApiError choice(String path, String got, List<String> values) {
        return error(path, "invalid_value",
                "Invalid value: '" + shown(got) + "'. Supported values are: " + enumeration(values) + ".");
    }

    static ApiError below(String path, String noun, long min, String got) {
        return error(path, noun + "_below_min_value", "Invalid '" + path + "': " + noun
                + " below minimum value. Expected a value >= " + min + ", but got " + shown(got) + " instead.");
    }

    static ApiError above(String path, String noun, long max, String got) {
        return error(path, noun + "_above_max_value", "Invalid '" + path + "': " + noun
                + " above maximum value. Expected a value <= " + max + ", but got " + shown(got) + " instead.");
    }

    static ApiError textLength(String path, int got, int min, int max) {
        return length(path, "string", got, min, max);
    }

    static ApiError arrayLength(String path, int got, int min, int max) {
        return length(path, "array", got, min, max);
    }

    static ApiError conflict(String path, String message) {
        return error(path, null, message);
    }

    /** A noun with its article: a string, an array. */
    static String withArticle(String noun) {
        return ("aeiou".indexOf(noun.charAt(0)) < 0 ? "a " : "an ") + noun;
    }

    /** So much of a caller's value as is safe to show. */
    static String shown(String value) {
        return value.codePointCount(0, value.length()) <= SHOWN
                ? value
                : value.substring(0, value.offsetByCodePoints(0, SHOWN)) + "...";
    }

    private static ApiError length(String path, String noun, int got, int min, int max) {
        String expected = "Expected " + withArticle(noun) + " with ";
        String length = ", but got " + withArticle(noun) + " with length " + got + " instead.";
        if (got > max) {
            return error(path, noun + "_above_max_length",
                    "Invalid '" + path + "': " + noun + " too long. " + expected + "maximum length " + max + length);
        }
        if (got == 0) {
            return error(path, "empty_" + noun, "Invalid '" + path + "': empty " + noun + ". " + expected
                    + "minimum length " + min + ", but got an empty " + noun + " instead.");
        }
        return error(path, noun + "_below_min_length",
                "Invalid '" + path + "': " + noun + " too short. " + expected + "minimum length " + min + length);
    }

    private static String enumeration(List<String> values) {
        List<String> quoted = values.stream().map(value -> "'" + value + "'").toList();
        int last = quoted.size() - 1;
        if (last < 2) {
            return String.join(" and ", quoted);
        }
        return quoted.stream().limit(last).collect(Collectors.joining(", ")) + ", and " + quoted.get(last);
    }

    private static String name(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a decimal number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw new IllegalArgumentException(token + " begins no value");
        };
    }

    private static ApiError error(@Nullable String param, @Nullable String code, String message) {
        return new ApiError(400, "invalid_request_error", code, param, message, null);
    }
}
