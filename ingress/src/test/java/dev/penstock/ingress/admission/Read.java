package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.bus.ApiError;
import java.nio.charset.StandardCharsets;

/** Short ways to read a request in a test. */
final class Read {
    private Read() {}

    /** A whole request, with these fields beside a model and one message. */
    static String with(String fields) {
        return "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
                + (fields.isEmpty() ? "" : "," + fields) + "}";
    }

    /** A whole request of one message. */
    static String message(String message) {
        return "{\"model\":\"m\",\"messages\":[" + message + "]}";
    }

    static ChatRequest valid(String json) {
        return valid(json.getBytes(StandardCharsets.UTF_8));
    }

    static ChatRequest valid(byte[] json) {
        var result = ChatRequestReader.read(json);
        assertThat(result).isInstanceOf(ChatRequestReader.Result.Valid.class);
        return ((ChatRequestReader.Result.Valid) result).request();
    }

    static String body(String json) {
        return new String(valid(json).body(), StandardCharsets.UTF_8);
    }

    static ApiError invalid(String json) {
        return invalid(json.getBytes(StandardCharsets.UTF_8));
    }

    static ApiError invalid(byte[] json) {
        var result = ChatRequestReader.read(json);
        assertThat(result).isInstanceOf(ChatRequestReader.Result.Invalid.class);
        ApiError error = ((ChatRequestReader.Result.Invalid) result).error();
        assertThat(error.status()).isEqualTo(400);
        assertThat(error.type()).isEqualTo("invalid_request_error");
        return error;
    }
}
