package dev.penstock.ingress.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON that is known to be sound, between bytes and trees. */
final class Trees {
    /** Images come in strings, which the limit of the body bounds. Decimal numbers stay decimal. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build()).build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private Trees() {}

    static JsonNode tree(byte[] sound) {
        try {
            return JSON.readTree(sound);
        } catch (IOException e) {
            throw new UncheckedIOException("it has been read once", e);
        }
    }

    static byte[] bytes(JsonNode tree) {
        try {
            return JSON.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("a tree can be written", e);
        }
    }

    /** An object's bytes without a field. */
    static byte[] without(String field, JsonNode object) {
        ObjectNode rest = object.deepCopy();
        rest.remove(field);
        return bytes(rest);
    }

    /** Copies a field under another name, if it is there and not null. */
    static void copy(JsonNode from, String field, ObjectNode to, String name) {
        if (from.hasNonNull(field)) {
            to.set(name, from.get(field));
        }
    }

    /** Copies fields that are there and not null. */
    static void copy(JsonNode from, ObjectNode to, String... fields) {
        for (String field : fields) {
            copy(from, field, to, field);
        }
    }
}
