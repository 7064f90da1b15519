package dev.penstock.ingress.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    private static final String CHAT = "/v1/chat/completions";

    @Test
    void theBodyIsGivenAsTheLineHasIt() {
        String body = "{ \"messages\":[{\"content\":\"\u00fc \\\" }\"}], \"model\" : \"m\" }";
        var line = (LineReader.Result.Valid) read("{\"method\":\"POST\",\"body\":" + body + ",\"url\":\"" + CHAT
                + "\",\"custom_id\":\"a\"}");

        assertThat(line.customId()).isEqualTo("a");
        assertThat(line.model()).isEqualTo("m");
        assertThat(new String(line.body(), StandardCharsets.UTF_8)).isEqualTo(body);
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThat(error("nonsense")).isEqualTo("invalid_json_line null 7");
        assertThat(error("{} {}")).isEqualTo("invalid_json_line null 7");
        assertThat(error("[]")).isEqualTo("invalid_json_line null 7");
        assertThat(error("{}")).isEqualTo("missing_required_parameter custom_id 7");
        assertThat(error("{\"custom_id\":\"a\"}")).isEqualTo("missing_required_parameter method 7");
        assertThat(error("{\"custom_id\":\"a\",\"method\":\"POST\"}")).isEqualTo("missing_required_parameter url 7");
        assertThat(error("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/x\"}"))
                .isEqualTo("missing_required_parameter body 7");
        assertThat(error("{\"custom_id\":\"a\",\"method\":\"GET\",\"url\":\"/x\",\"body\":{}}"))
                .isEqualTo("invalid_method method 7");
        assertThat(error("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/x\",\"body\":{}}"))
                .isEqualTo("invalid_url url 7");
        assertThat(error("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"" + CHAT + "\",\"body\":{}}"))
                .isEqualTo("missing_required_parameter body.model 7");
        assertThat(error("{\"custom_id\":1,\"method\":\"POST\",\"url\":\"" + CHAT + "\",\"body\":{\"model\":\"m\"}}"))
                .isEqualTo("missing_required_parameter custom_id 7");
    }

    private static String error(String line) {
        var error = ((LineReader.Result.Invalid) read(line)).error();
        return error.getCode() + " " + error.getParam() + " " + error.getLine();
    }

    private static LineReader.Result read(String line) {
        return LineReader.read(line.getBytes(StandardCharsets.UTF_8), 7, CHAT);
    }
}
