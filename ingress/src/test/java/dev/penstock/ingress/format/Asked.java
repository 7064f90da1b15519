package dev.penstock.ingress.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import java.nio.charset.StandardCharsets;

/** Short ways to read a request in a test. Apostrophes stand for quotation marks. */
final class Asked {
    private Asked() {}

    static Inbound.Valid valid(Format format, String json) {
        Inbound read = Inbound.read(format, bytes(json));
        assertThat(read).isInstanceOf(Inbound.Valid.class);
        return (Inbound.Valid) read;
    }

    /** The canonical body. */
    static JsonNode body(Format format, String json) {
        return Trees.tree(valid(format, json).request().body());
    }

    static ApiError invalid(Format format, String json) {
        Inbound read = Inbound.read(format, bytes(json));
        assertThat(read).isInstanceOf(Inbound.Invalid.class);
        return ((Inbound.Invalid) read).error();
    }

    static JsonNode json(String json) {
        return Trees.tree(bytes(json));
    }

    static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
