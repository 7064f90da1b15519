package dev.penstock.ingress.admission;

import static dev.penstock.ingress.admission.Read.body;
import static dev.penstock.ingress.admission.Read.message;
import static dev.penstock.ingress.admission.Read.valid;
import static dev.penstock.ingress.admission.Read.with;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRequestReaderTest {
    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    @Test
    void holdsBackWhatTheEnvelopeSays() {
        ChatRequest request = valid(
                "{\"stream\":true,\"model\":\"gpt\\u002d5\",\"stream_options\":{\"include_usage\":true,"
                        + "\"include_obfuscation\":false}," + HI + ",\"n\":2}");
        assertThat(request.model()).isEqualTo("gpt-5");
        assertThat(request.stream()).isTrue();
        assertThat(request.includeUsage()).isTrue();
        assertThat(request.n()).isEqualTo(2);
        assertThat(request.maxOutputTokens()).isNull();
        assertThat(request.body()).asString(StandardCharsets.UTF_8).isEqualTo("{" + HI + ",\"n\":2}");
    }

    @Test
    void hasDefaultsForWhatIsNotSaid() {
        ChatRequest request = valid(with(""));
        assertThat(request.stream()).isFalse();
        assertThat(request.includeUsage()).isFalse();
        assertThat(request.n()).isEqualTo(1);
    }

    @Test
    void takesOutWhitespaceBetweenItsOwnFieldsOnly() {
        assertThat(body(
                "\r\n{ \"model\" : \"m\" ,\n\t\"messages\" : [ { \"role\" : \"user\" , \"content\" : \" h i \" } ] ,"
                        + " \"seed\" : 7 , \"metadata\" : { \"a\" : \"b\" } , \"store\" : true } \n"))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":\" h i \"}],\"seed\":7,"
                        + "\"metadata\":{ \"a\" : \"b\" },\"store\":true}");
    }

    @Test
    void stripsUnknownFieldsAtEveryLevel() {
        assertThat(body("{\"zz\":{\"a\":[1]},\"model\":\"m\",\"messages\":[{\"x\":1,\"role\":\"user\",\"content\":"
                + "[{\"type\":\"text\",\"y\":null,\"text\":\"t\",\"z\":[]}]}],\"tools\":[{\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"w\":\"w\"},\"v\":0.5}],\"u\":true}"))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"t\"}]}],"
                        + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e-7", "0.1", "1", "0", "-0.0", "1.0000000000000000000000001", "2E0"})
    void leavesNumbersAsTheyAreWritten(String number) {
        assertThat(body(with("\"repetition_penalty\":" + number))).endsWith("\"repetition_penalty\":" + number + "}");
        assertThat(body(with("\"metadata\":{\"a\":" + number + "}"))).endsWith("{\"a\":" + number + "}}");
    }

    @Test
    void leavesSeedsOf64BitsAndBigNumbersInSchemasAlone() {
        assertThat(body(with("\"seed\":-9223372036854775808"))).endsWith("\"seed\":-9223372036854775808}");
        assertThat(body(with("\"logit_bias\":{\"1\":123456789012345678901234567890}")))
                .endsWith("{\"1\":123456789012345678901234567890}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\\ud83d", "\\ude00 alone", "\\ud83d\\ude00", "😀 é 漢", "\\\"\\\\\\/\\b\\f\\n\\r\\t",
            "\\u0000", "a, b ]} ", "\\\\"})
    void leavesStringsAsTheyAreWritten(String text) {
        assertThat(body(message("{\"role\":\"user\",\"content\":\"" + text + "\" , \"x\":1}")))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
    }

    @Test
    void knowsNamesThatAreWrittenWithEscapes() {
        assertThat(
                body("{\"mod\\u0065l\":\"m\",\"mess\\u0061ges\":[{\"r\\u006fle\":\"\\u0075ser\",\"content\":\"\"}]}"))
                .isEqualTo("{\"messages\":[{\"role\":\"\\u0075ser\",\"content\":\"\"}]}");
    }

    @Test
    void copiesObjectsOfTheCallersOwnMakingWhole() {
        String schema = "{\"type\":\"object\",\"properties\":{\"role\":{\"type\":[\"string\",null]},\"n\":{\"maximum\":1e3}}}";
        assertThat(body(with("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":" + schema
                + ",\"strict\":true}}]"))).contains("\"parameters\":" + schema + ",\"strict\":true");
        assertThat(body(with("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"s\",\"schema\":"
                + schema + "}}"))).contains("\"schema\":" + schema);
        assertThat(body(with("\"chat_template_kwargs\":{\"a\":null},\"thinking\":{\"type\":\"enabled\"}")))
                .endsWith(",\"chat_template_kwargs\":{\"a\":null},\"thinking\":{\"type\":\"enabled\"}}");
    }

    @Test
    void takesNullOfAnOptionalFieldForItsAbsence() {
        assertThat(body(with("\"temperature\":null,\"stream\":null,\"stream_options\":null,\"tools\":null,\"n\":null,"
                + "\"top_logprobs\":null,\"tool_choice\":null,\"max_tokens\":null"))).isEqualTo("{" + HI + "}");
        assertThat(body(message("{\"role\":\"assistant\",\"content\":\"c\",\"audio\":null,\"refusal\":null,"
                + "\"name\":null,\"tool_calls\":null,\"function_call\":null}")))
                .isEqualTo("{\"messages\":[{\"role\":\"assistant\",\"content\":\"c\"}]}");
    }

    @Test
    void carriesTheNullContentOfAToolCall() {
        String call = "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"arguments\":\"\"},\"extra_content\":{\"google\":{}}}]}";
        assertThat(body(message(call))).isEqualTo("{\"messages\":[" + call + "]}");
    }

    @Test
    void findsARoleThatComesLast() {
        String last = "{\"content\":[{\"text\":\"a \\\" } ] role\",\"type\":\"text\"},"
                + "{\"image_url\":{\"url\":\"u\",\"detail\":\"low\"},\"type\":\"image_url\"}],\"role\":\"user\"}";
        assertThat(body(message(last))).isEqualTo("{\"messages\":[" + last + "]}");
        assertThat(body(message("{\"unknown\":{\"role\":\"tool\"},\"content\":\"c\",\"role\":\"user\"}")))
                .isEqualTo("{\"messages\":[{\"content\":\"c\",\"role\":\"user\"}]}");
    }

    @Test
    void prefersTheNewerLimitWhicheverComesFirst() {
        ChatRequest request = valid(with("\"max_completion_tokens\":5,\"max_tokens\":9"));
        assertThat(request.maxOutputTokens()).isEqualTo(5);
        assertThat(request.body()).asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"max_completion_tokens\":5," + HI + "}");
        assertThat(body(with("\"max_tokens\":9,\"max_completion_tokens\":5")))
                .isEqualTo("{\"max_completion_tokens\":5," + HI + "}");
    }

    @Test
    void carriesTheOlderLimitUnderItsName() {
        ChatRequest request = valid(with("\"max_tokens\":2147483647"));
        assertThat(request.maxOutputTokens()).isEqualTo(Integer.MAX_VALUE);
        assertThat(request.body()).asString(StandardCharsets.UTF_8).startsWith("{\"max_tokens\":2147483647,\"m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"tools\":[]", "\"stop\":\"x\"", "\"stop\":[\"a\",\"b\",\"c\",\"d\"]",
            "\"logprobs\":true,\"top_logprobs\":20", "\"tool_choice\":\"none\"", "\"modalities\":[\"text\",\"audio\"]",
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"required\"",
            "\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\",\"format\":{\"type\":\"grammar\",\"grammar\":"
                    + "{\"definition\":\"d\",\"syntax\":\"lark\"}}}}],"
                    + "\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}",
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"},\"cache_control\":{\"type\":\"ephemeral\"}}],"
                    + "\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"auto\",\"tools\":"
                    + "[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}}",
            "\"functions\":[{\"name\":\"f\"}],\"function_call\":{\"name\":\"f\"}", "\"reasoning\":{\"effort\":\"low\"}",
            "\"audio\":{\"voice\":{\"id\":\"v\"},\"format\":\"opus\"}", "\"web_search_options\":{}", "\"top_k\":-1",
            "\"prediction\":{\"type\":\"content\",\"content\":[{\"type\":\"text\",\"text\":\"t\"}]}"})
    void carriesWhatItKnows(String fields) {
        assertThat(body(with(fields))).isEqualTo("{" + HI + "," + fields + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"t\",\"cache_control\":{}}]}",
            "{\"role\":\"developer\",\"content\":\"c\",\"name\":\"n\"}",
            "{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"d\",\"format\":\"wav\"}},"
                    + "{\"type\":\"file\",\"file\":{\"file_id\":\"i\"}},{\"type\":\"image_url\",\"image_url\":\"u\"}]}",
            "{\"role\":\"assistant\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"r\"}],\"reasoning_content\":\"r\","
                    + "\"reasoning\":\"r\",\"reasoning_details\":[{\"type\":\"x\"}],\"audio\":{\"id\":\"a\"}}",
            "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"custom\",\"custom\":{\"name\":\"f\","
                    + "\"input\":\"i\"}}]}",
            "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"\",\"cache_control\":{\"type\":\"ephemeral\"}}",
            "{\"role\":\"function\",\"name\":\"f\",\"content\":null}"})
    void carriesMessagesOfEveryRole(String message) {
        assertThat(body(message(message))).isEqualTo("{\"messages\":[" + message + "]}");
    }

    @Test
    void carriesAnImageOfManyMegabytes() {
        String image = "data:image/png;base64," + "iVBORw0K".repeat(3 << 20);
        String body = body(message("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\""
                + image + "\"}}]}"));
        assertThat(body).hasSize(image.length() + 86).contains("\"url\":\"" + image + "\"}");
    }
}
