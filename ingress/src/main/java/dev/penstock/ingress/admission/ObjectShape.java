package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An object of known fields, at most 64. Others are passed over; one that comes twice is refused. */
public final class ObjectShape implements Compound {
    private final List<Field> fields;
    private final byte[][] labels;
    private final Map<String, Integer> positions = new HashMap<>();
    private final long required;

    ObjectShape(List<Field> fields) {
        if (fields.size() > Long.SIZE) {
            throw new IllegalArgumentException("more than 64 fields");
        }
        this.fields = List.copyOf(fields);
        this.labels = new byte[fields.size()][];
        long bits = 0;
        for (int i = 0; i < labels.length; i++) {
            Field field = fields.get(i);
            labels[i] = ('"' + field.name() + "\":").getBytes(StandardCharsets.UTF_8);
            bits |= field.required() ? 1L << i : 0;
            if (positions.put(field.name(), i) != null) {
                throw new IllegalArgumentException(field.name() + " is declared twice");
            }
        }
        this.required = bits;
    }

    List<Field> fields() {
        return fields;
    }

    /** This shape with one field more. */
    public ObjectShape with(Field field) {
        var more = new ArrayList<>(fields);
        more.addFirst(field);
        return new ObjectShape(more);
    }

    @Override
    public boolean accepts(JsonToken first) {
        return first == JsonToken.START_OBJECT;
    }

    @Override
    public String noun() {
        return "object";
    }

    @Override
    public @Nullable ApiError copy(Copier copier) throws IOException {
        return copyFields(copier, copier.nextField());
    }

    /** Copies an object whose first field's value the parser has come to; or that has none, if there are no more. */
    @Nullable
    ApiError copyFields(Copier copier, boolean more) throws IOException {
        copier.write('{');
        long seen = 0;
        for (boolean at = more; at; at = copier.nextField()) {
            Integer position = positions.get(copier.parser().currentName());
            if (position == null) {
                copier.skip();
                continue;
            }
            if ((seen & 1L << position) != 0) {
                return Violations.duplicate(copier.path());
            }
            seen |= 1L << position;
            ApiError error = copyField(copier, position);
            if (error != null) {
                return error;
            }
        }
        copier.write('}');
        long missing = required & ~seen;
        return missing == 0
                ? null
                : Violations.missing(copier.path(), fields.get(Long.numberOfTrailingZeros(missing)).name());
    }

    private @Nullable ApiError copyField(Copier copier, int position) throws IOException {
        Field field = fields.get(position);
        if (copier.atNull() && !field.required() && !field.shape().accepts(JsonToken.VALUE_NULL)) {
            return null;
        }
        int before = copier.length();
        copier.separate();
        copier.write(labels[position]);
        ApiError error = copier.copy(field.shape());
        if (!field.carried()) {
            copier.truncate(before);
        }
        return error;
    }
}
