package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchBodyTest {
    private static final String REST = "\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}";
    private static final String START = "{\"input_file_id\":\"file-1\",";

    @Test
    void aBatchIsReadWithAllThatItMayHave() {
        var valid = (BatchBody.Result.Valid) read(START + "\"metadata\":{\"a\":\"b\"},\"budget\":\"2.5\","
                + "\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":3600}," + REST);

        assertThat(valid).isEqualTo(new BatchBody.Result.Valid("file-1", "/v1/chat/completions", "24h",
                Map.of("a", "b"), 3600L, 2_500_000_000L));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThat(param("{" + REST)).isEqualTo("input_file_id");
        assertThat(param(START + "\"completion_window\":\"24h\"}")).isEqualTo("endpoint");
        assertThat(param(START + "\"endpoint\":\"/v1/x\"}")).isEqualTo("endpoint");
        assertThat(param(START + "\"endpoint\":\"/v1/chat/completions\"}")).isEqualTo("completion_window");
        assertThat(param(START + "\"completion_window\":\"7d\"}")).isEqualTo("completion_window");
        assertThat(param(START + "\"metadata\":{\"a\":1}," + REST)).isEqualTo("metadata.a");
        assertThat(param(START + "\"metadata\":{\"a\":\"" + "b".repeat(513) + "\"}," + REST)).isEqualTo("metadata.a");
        assertThat(param(START + "\"output_expires_after\":{\"anchor\":\"created_at\",\"seconds\":60}," + REST))
                .isEqualTo("output_expires_after.seconds");
        assertThat(param(START + "\"output_expires_after\":{\"seconds\":3600}," + REST))
                .isEqualTo("output_expires_after.anchor");
        assertThat(param(START + "\"budget\":-1," + REST)).isEqualTo("budget");
        assertThat(param("nonsense")).isNull();
    }

    private static String param(String body) {
        return ((BatchBody.Result.Invalid) read(body)).error().param();
    }

    private static BatchBody.Result read(String body) {
        return BatchBody.read(body.getBytes(StandardCharsets.UTF_8), List.of("/v1/chat/completions"));
    }
}
