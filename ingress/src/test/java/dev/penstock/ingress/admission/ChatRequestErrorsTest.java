package dev.penstock.ingress.admission;

import static dev.penstock.ingress.admission.Read.invalid;
import static dev.penstock.ingress.admission.Read.message;
import static dev.penstock.ingress.admission.Read.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRequestErrorsTest {
    private static final String SECRET = "the prompt";

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "[]", "\"the prompt\"", "{", "{\"model\":\"the prompt",
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]} {}",
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]} x", "{'model':'the prompt'}",
            "{\"model\":\"m\",}", "{\"temperature\":NaN}", "{\"temperature\":01}", "{\"x\":the prompt}", "\uFEFF{}",
            "{\"content\":\"a\nb\"}", "{\"x\":\"\\u00zz\"}", "{\"messages\":[{\"content\":\"the prompt\""})
    void refusesWhatIsNoJsonObject(String body) {
        ApiError error = invalid(body);
        assertThat(error.message()).startsWith("We could not parse the JSON body of your request.")
                .doesNotContain(SECRET);
        assertThat(error.param()).isNull();
        assertThat(error.code()).isNull();
    }

    @Test
    void refusesOtherEncodingsThanUtf8() {
        assertThat(invalid(with("").getBytes(StandardCharsets.UTF_16)).param()).isNull();
        assertThat(invalid(message("{\"role\":\"user\",\"content\":\"\u00e9\"}").getBytes(StandardCharsets.ISO_8859_1))
                .message()).startsWith("We could not parse");
    }

    @Test
    void refusesNestingBeyondReason() {
        Read.valid(with("\"metadata\":" + "{\"a\":".repeat(60) + "1" + "}".repeat(60)));
        invalid(with("\"metadata\":" + "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000)));
        invalid(with("\"unknown\":" + "[".repeat(65) + "]".repeat(65)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "seed":1,"seed":1               | seed
            "seed":null,"s\\u0065ed":2      | seed
            "model":"other"                 | model
            "stop":["a"],"stop":null        | stop
            """)
    void refusesAFieldThatIsGivenTwice(String fields, String param) {
        ApiError error = invalid(with(fields));
        assertThat(error.message()).contains("We could not parse").endsWith("'" + param + "' is given twice.");
        assertThat(error.param()).isEqualTo(param);
    }

    @Test
    void refusesASecondRole() {
        assertThat(invalid(message("{\"content\":\"\",\"role\":\"user\",\"role\":\"system\"}")).param())
                .isEqualTo("messages[0].role");
    }

    @Test
    void namesWhatIsMissing() {
        assertError(invalid("{}"), "model", "missing_required_parameter", "Missing required parameter: 'model'.");
        assertError(invalid("{\"model\":\"m\",\"messages\":null}"), "messages", "invalid_type",
                "Invalid type for 'messages': expected an array of objects, but got null instead.");
        assertError(invalid(message("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\"},"
                + "{\"type\":\"image_url\",\"text\":\"the prompt\"}]}")), "messages[0].content[1].image_url",
                "missing_required_parameter", "Missing required parameter: 'messages[0].content[1].image_url'.");
        assertError(invalid(message("{\"role\":\"tool\",\"content\":\"the prompt\"}")), "messages[0].tool_call_id",
                "missing_required_parameter", "Missing required parameter: 'messages[0].tool_call_id'.");
        assertError(invalid(message("{\"content\":\"the prompt\"}")), "messages[0].role",
                "missing_required_parameter", "Missing required parameter: 'messages[0].role'.");
        assertError(invalid(message("{}")), "messages[0].role", "missing_required_parameter",
                "Missing required parameter: 'messages[0].role'.");
        assertError(invalid(with("\"tools\":[{\"type\":\"function\"}]")), "tools[0].function",
                "missing_required_parameter", "Missing required parameter: 'tools[0].function'.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "temperature":"hot"            | temperature            | a decimal, but got a string
            "temperature":true             | temperature            | a decimal, but got a boolean
            "n":1.0                        | n                      | an integer, but got a decimal number
            "seed":{"a":"the prompt"}      | seed                   | an integer, but got an object
            "store":1                      | store                  | a boolean, but got an integer
            "user":["the prompt"]          | user                   | a string, but got an array
            "metadata":"the prompt"        | metadata               | an object, but got a string
            "tools":{}                     | tools                  | an array of objects, but got an object
            "tools":[{"type":"function","function":{"name":1}}] | tools[0].function.name | a string, but got an integer
            "tools":[null]                 | tools[0]               | an object, but got null
            "stop":7                       | stop                   | one of a string or array of strings, but got an integer
            "stop":["a",7]                 | stop[1]                | a string, but got an integer
            "tool_choice":true             | tool_choice            | one of a string or object, but got a boolean
            "stream":"yes"                 | stream                 | a boolean, but got a string
            "stream_options":{"include_usage":1} | stream_options.include_usage | a boolean, but got an integer
            "response_format":{"type":["the prompt"]} | response_format.type | a string, but got an array
            """)
    void namesTheTypeItExpected(String fields, String param, String rest) {
        assertError(invalid(with(fields)), param, "invalid_type",
                "Invalid type for '" + param + "': expected " + rest + " instead.");
    }

    @Test
    void namesTheTypesOfContent() {
        assertError(invalid(message("{\"role\":\"user\",\"content\":null}")), "messages[0].content", "invalid_type",
                "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got null instead.");
        assertError(invalid(message("{\"content\":{\"text\":\"the prompt\"},\"role\":\"assistant\"}")),
                "messages[0].content", "invalid_type",
                "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an object instead.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "temperature":3                    | temperature        | decimal above maximum value. Expected a value <= 2, but got 3
            "temperature":-0.1                 | temperature        | decimal below minimum value. Expected a value >= 0, but got -0.1
            "top_p":1e400                      | top_p              | decimal above maximum value. Expected a value <= 1, but got 1e400
            "n":0                              | n                  | integer below minimum value. Expected a value >= 1, but got 0
            "n":130                            | n                  | integer above maximum value. Expected a value <= 128, but got 130
            "max_tokens":-1                    | max_tokens         | integer below minimum value. Expected a value >= 1, but got -1
            "max_tokens":99999999999           | max_tokens         | integer above maximum value. Expected a value <= 2147483647, but got 99999999999
            "seed":9223372036854775808         | seed               | integer above maximum value. Expected a value <= 9223372036854775807, but got 9223372036854775808
            "seed":-9223372036854775809        | seed               | integer below minimum value. Expected a value >= -9223372036854775808, but got -9223372036854775809
            """)
    void namesTheBoundThatIsBroken(String fields, String param, String rest) {
        String code = rest.startsWith("decimal") ? "decimal_" : "integer_";
        code += rest.contains("above") ? "above_max_value" : "below_min_value";
        assertError(invalid(with(fields)), param, code, "Invalid '" + param + "': " + rest + " instead.");
    }

    @Test
    void namesTheValuesItSupports() {
        assertError(invalid(message("{\"role\":\"foo\",\"content\":\"the prompt\"}")), "messages[0].role",
                "invalid_value",
                "Invalid value: 'foo'. Supported values are: 'system', 'developer', 'user', 'assistant',"
                        + " 'tool', and 'function'.");
        assertError(invalid(message("{\"content\":\"the prompt\",\"x\":0,\"role\":\"foo\"}")), "messages[0].role",
                "invalid_value",
                "Invalid value: 'foo'. Supported values are: 'system', 'developer', 'user', 'assistant',"
                        + " 'tool', and 'function'.");
        assertError(invalid(with("\"modalities\":[\"text\",\"smell\"]")), "modalities[1]", "invalid_value",
                "Invalid value: 'smell'. Supported values are: 'text' and 'audio'.");
        assertError(invalid(with("\"prompt_cache_options\":{\"ttl\":\"1h\"}")), "prompt_cache_options.ttl",
                "invalid_value", "Invalid value: '1h'. Supported values are: '30m'.");
        assertError(invalid(message("{\"role\":\"system\",\"content\":[{\"type\":\"image_url\"}]}")),
                "messages[0].content[0].type", "invalid_value",
                "Invalid value: 'image_url'. Supported values are: 'text'.");
    }

    @Test
    void cutsWhatItShowsOfAValue() {
        assertThat(invalid(with("\"verbosity\":\"" + "😀".repeat(1_000) + "\"")).message())
                .startsWith("Invalid value: '" + "😀".repeat(64) + "...'. Supported");
        assertThat(invalid(with("\"n\":" + "9".repeat(900))).message()).contains("9".repeat(64) + "... instead");
    }

    @Test
    void namesTheLengthThatIsBroken() {
        assertError(invalid("{\"model\":\"m\",\"messages\":[]}"), "messages", "empty_array", "Invalid 'messages':"
                + " empty array. Expected an array with minimum length 1, but got an empty array instead.");
        assertError(invalid(with("\"stop\":[\"a\",\"b\",\"c\",\"d\",\"the prompt\"]")), "stop",
                "array_above_max_length", "Invalid 'stop': array too long. Expected an array with maximum length 4,"
                        + " but got an array with length 5 instead.");
        assertError(invalid(with("\"safety_identifier\":\"" + "é".repeat(65) + "\"")), "safety_identifier",
                "string_above_max_length", "Invalid 'safety_identifier': string too long. Expected a string with"
                        + " maximum length 64, but got a string with length 65 instead.");
        assertError(invalid("{\"model\":\"\",\"messages\":[]}"), "model", "empty_string", "Invalid 'model':"
                + " empty string. Expected a string with minimum length 1, but got an empty string instead.");
        assertError(invalid(message("{\"role\":\"user\",\"content\":[]}")), "messages[0].content", "empty_array",
                "Invalid 'messages[0].content': empty array. Expected an array with minimum length 1, but got an empty"
                        + " array instead.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "stream_options":{"include_usage":true}           | stream_options
            "stream":false,"stream_options":{}                | stream_options
            "top_logprobs":2                                  | top_logprobs
            "logprobs":false,"top_logprobs":0                 | top_logprobs
            "tool_choice":"required"                          | tool_choice
            "tool_choice":"required","tools":[]               | tool_choice
            "tool_choice":{"type":"function","function":{"name":"f"}} | tool_choice
            """)
    void refusesFieldsThatNeedAnother(String fields, String param) {
        ApiError error = invalid(with(fields));
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.message().toLowerCase(Locale.ROOT)).contains("only allowed when");
    }

    private static void assertError(ApiError error, String param, String code, String message) {
        assertThat(error).isEqualTo(new ApiError(400, "invalid_request_error", code, param, message, null));
        assertThat(message).doesNotContain(SECRET);
    }
}
