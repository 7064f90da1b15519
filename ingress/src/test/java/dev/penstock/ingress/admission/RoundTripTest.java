package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random requests drawn from the declared shape, with noise between the fields and the fields in any order. */
class RoundTripTest {
    private static final long SEED = 20261124;
    private static final String[] TEXTS = {"", "a", "role", "\"}],\\ \n\t", "é漢😀", "\u0000\u001f", "\ud83d", "null"};
    private static final String[] NUMBERS = {"0", "-1", "1e-7", "0.1", "12345678901234567890123", "-0.0", "6.02E23"};

    /** The fields of an object of a declared shape, unlike those of one of the caller's own making. */
    private static final class Known extends LinkedHashMap<String, Object> {}

    private final Random random = new Random(SEED);

    @Test
    void keepsTheMeaningOfEveryValidRequest() throws IOException {
        for (int i = 0; i < 5_000; i++) {
            Map<String, Object> request = request();
            byte[] json = write(request);
            ChatRequest read = Read.valid(json);
            request.keySet().removeAll(List.of("model", "stream", "stream_options"));
            if (request.containsKey("max_completion_tokens")) {
                request.remove("max_tokens");
            }
            assertThat(Json.object(read.body())).as("request %d of seed %d", i, SEED).isEqualTo(request);
            assertThat(read.body()).startsWith('{', '"');
        }
    }

    @Test
    void findsNothingToChangeInACanonicalBody() throws IOException {
        for (int i = 0; i < 500; i++) {
            byte[] body = Read.valid(write(request())).body();
            byte[] prefix = "{\"model\":\"m\",".getBytes(StandardCharsets.US_ASCII);
            byte[] again = new byte[prefix.length + body.length - 1];
            System.arraycopy(prefix, 0, again, 0, prefix.length);
            System.arraycopy(body, 1, again, prefix.length, body.length - 1);
            assertThat(Read.valid(again).body()).isEqualTo(body);
        }
    }

    @Test
    void alwaysAnswersToDamagedBodies() throws IOException {
        for (int i = 0; i < 5_000; i++) {
            byte[] json = write(request());
            json[random.nextInt(json.length)] = (byte) random.nextInt(256);
            byte[] cut = Arrays.copyOf(json, random.nextInt(json.length) + 1);
            assertThat(ChatRequestReader.read(json)).isNotNull();
            assertThat(ChatRequestReader.read(cut)).isNotNull();
        }
    }

    private Map<String, Object> request() {
        Map<String, Object> request = Json.object(value(ChatRequestShape.REQUEST));
        if (!new Json.Literal("true").equals(request.get("stream"))) {
            request.remove("stream_options");
        }
        if (!new Json.Literal("true").equals(request.get("logprobs"))) {
            request.remove("top_logprobs");
        }
        if (!(request.get("tools") instanceof List<?> tools) || tools.isEmpty()) {
            request.remove("tool_choice");
        }
        return request;
    }

    private Object value(Shape shape) {
        return switch (shape) {
            case Compound.Noted(var inner, _) -> value(inner);
            case Compound.Part(var inner) -> value(inner);
            case Compound.OrNull(var inner) -> random.nextInt(4) == 0 ? Json.NULL : value(inner);
            case Compound.Either(var first, var second) -> value(random.nextBoolean() ? first : second);
            case Compound.Variants(_, var shapes, _, _) -> value(pick(List.copyOf(shapes.values())));
            case ObjectShape object -> {
                var fields = new ArrayList<>(object.fields());
                Collections.shuffle(fields, random);
                var values = new Known();
                fields.stream().filter(field -> field.required() || random.nextInt(4) == 0)
                        .forEach(field -> values.put(field.name(), value(field.shape())));
                yield values;
            }
            case Compound.Array(var item, int min, int max) -> {
                int size = Math.min(max, min + random.nextInt(3));
                yield new ArrayList<>(random.ints(size).mapToObj(_ -> value(item)).toList());
            }
            case Compound.AnyObject _,Compound.Metadata _ -> free(3);
            case Scalar.Text(int min, _) -> min > 0 ? "m" : pick(List.of(TEXTS));
            case Scalar.Choice(var values) -> pick(values);
            case Scalar.Bool _ -> new Json.Literal(String.valueOf(random.nextBoolean()));
            case Scalar.Int(long min, long max) -> new Json.Literal(String.valueOf(
                    max == Long.MAX_VALUE ? random.nextLong() : random.nextLong(min, max)));
            case Scalar.Decimal(long min, long max) -> new Json.Literal(max == Long.MAX_VALUE
                    ? pick(List.of(NUMBERS))
                    : pick(List.of(min + "", max + ".0", "0.1", "1e-7", "1E0")));
        };
    }

    private Map<String, Object> free(int depth) {
        var object = new LinkedHashMap<String, Object>();
        for (int i = random.nextInt(4); i > 0; i--) {
            object.put(pick(List.of("role", "type", "a", "", "é")), switch (random.nextInt(depth == 0 ? 3 : 5)) {
                case 0 -> Json.NULL;
                case 1 -> new Json.Literal(pick(List.of(NUMBERS)));
                case 2 -> pick(List.of(TEXTS));
                case 3 -> new ArrayList<>(List.of(free(depth - 1), "x"));
                default -> free(depth - 1);
            });
        }
        return object;
    }

    private <T> T pick(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** The JSON of a request, with white space and, in the objects whose fields are known, unknown fields strewn in. */
    private byte[] write(Map<String, Object> request) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            write(json, request);
        }
        return bytes.toByteArray();
    }

    private void write(JsonGenerator json, Object value) throws IOException {
        switch (value) {
            case Json.Literal(var text) -> json.writeRawValue(text);
            case String text -> json.writeString(text);
            case List<?> list -> {
                json.writeStartArray();
                for (Object item : list) {
                    space(json);
                    write(json, item);
                    space(json);
                }
                json.writeEndArray();
            }
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (var field : map.entrySet()) {
                    if (map instanceof Known && random.nextInt(4) == 0) {
                        json.writeFieldName("x-" + pick(List.of("", "role", "é😀\"\n")));
                        write(json, random.nextBoolean() ? free(2) : pick(List.of(TEXTS)));
                    }
                    space(json);
                    json.writeFieldName((String) field.getKey());
                    write(json, field.getValue());
                    space(json);
                }
                json.writeEndObject();
            }
            default -> throw new IllegalArgumentException();
        }
    }

    private void space(JsonGenerator json) throws IOException {
        if (random.nextInt(4) == 0) {
            json.writeRaw(pick(List.of(" ", "\n", "\t\r\n  ")));
        }
    }
}
