package dev.penstock.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Events in the Confluent wire format: a zero byte, the schema's id in four bytes (big-endian), the Avro datum. It is
 * what ClickHouse, Flink, Kafka Connect and the user interfaces of Kafka read. Safe for use by several threads.
 *
 * @see <a href="https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format">wire format</a>
 */
public final class AvroSerde<T extends SpecificRecord> implements Serde<T> {
    private static final int HEADER = 5;

    static {
        // Avro 1.12.2 refuses generated classes it was not told of (AVRO-4189).
        ClassSecurityValidator.ClassSecurityPredicate standard = ClassSecurityValidator.getGlobal();
        ClassSecurityValidator
                .setGlobal(
                        type -> standard.isTrusted(type) || type.getName().startsWith("dev.penstock.schemas.event."));
    }

    private final Class<T> type;
    private final Map<Integer, SpecificDatumReader<T>> readers = new ConcurrentHashMap<>();
    private final Map<Schema, SpecificDatumWriter<T>> writers = new ConcurrentHashMap<>();

    /** A serde of one event, or of all of them where {@code type} is {@link SpecificRecord} itself. */
    public AvroSerde(Class<T> type) {
        this.type = type;
    }

    @Override
    public Serializer<T> serializer() {
        return (topic, event) -> event == null ? null : write(event);
    }

    @Override
    public Deserializer<T> deserializer() {
        return (topic, bytes) -> bytes == null ? null : read(bytes);
    }

    private byte[] write(T event) {
        Schema schema = event.getSchema();
        var out = new ByteArrayOutputStream(512);
        int id = SchemaCatalog.id(schema);
        out.write(0);
        out.write(id >>> 24);
        out.write(id >>> 16);
        out.write(id >>> 8);
        out.write(id);
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        try {
            writers.computeIfAbsent(schema, s -> new SpecificDatumWriter<>(s)).write(event, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes every byte", e);
        }
        return out.toByteArray();
    }

    private T read(byte[] bytes) {
        if (bytes.length < HEADER || bytes[0] != 0) {
            throw new UnreadableEventException("not in the Confluent wire format");
        }
        int id = ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt();
        Schema written = SchemaCatalog.byId(id);
        if (written == null) {
            throw new UnreadableEventException("no schema has the id " + id);
        }
        try {
            var decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER, bytes.length - HEADER, null);
            return type.cast(readers.computeIfAbsent(id, _ -> reader(written)).read(null, decoder));
        } catch (IOException | AvroRuntimeException | ClassCastException e) {
            throw new UnreadableEventException("no " + type.getSimpleName(), e);
        }
    }

    private SpecificDatumReader<T> reader(Schema written) {
        @Nullable
        Class<?> current = SpecificData.get().getClass(written);
        Schema schema = current == null ? written : SpecificData.get().getSchema(current);
        return new SpecificDatumReader<>(written, schema);
    }
}
