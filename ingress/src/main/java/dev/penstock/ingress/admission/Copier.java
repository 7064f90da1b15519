package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a body. The parser finds where values begin and end; what is to be kept is copied as the bytes it came
 * in, so that numbers and escapes stay as they were written and a long string is neither decoded nor encoded.
 *
 * <p>Nothing is added to what is copied, so the output never outgrows the input. (A generator would decode each image
 * to chars and back, and would have to be talked out of rewriting numbers.)
 */
final class Copier implements AutoCloseable {
    private static final int NONE = -1;

    /** What the shapes note on their way. */
    final Facts facts = new Facts();

    private final byte[] in;
    private final byte[] out;
    private final JsonFactory json;
    private final JsonParser parser;
    private int length;
    private int keptFrom = NONE;

    Copier(byte[] body, JsonFactory json) throws IOException {
        this.in = body;
        this.out = new byte[body.length];
        this.json = json;
        this.parser = json.createParser(body);
    }

    /** The parser, on the current value; for looking at it only. */
    JsonParser parser() {
        return parser;
    }

    /** Goes to the next token and, if the value before it is kept, copies that: only now is it known where it ends. */
    @Nullable
    JsonToken next() throws IOException {
        JsonToken token = parser.nextToken();
        if (keptFrom != NONE) {
            int end = tokenStart();
            while (isSeparator(in[end - 1])) {
                end--;
            }
            write(in, keptFrom, end - keptFrom);
            keptFrom = NONE;
        }
        return token;
    }

    /** Goes to the value of the next field, or to the end of the object, of which it returns false. */
    boolean nextField() throws IOException {
        if (next() == JsonToken.END_OBJECT) {
            return false;
        }
        parser.nextToken();
        return true;
    }

    /** Copies the current value if it is of a shape, else returns what is wrong with it. */
    @Nullable
    ApiError copy(Shape shape) throws IOException {
        JsonToken token = parser.currentToken();
        return shape.accepts(token) ? shape.copy(this) : Violations.type(path(), shape.expected(), token);
    }

    /** Copies the current value whole. */
    void keep() throws IOException {
        keptFrom = tokenStart();
        parser.skipChildren();
    }

    /** Copies the current object whole, and tells of its fields that are texts. */
    void keep(BiConsumer<String, String> texts) throws IOException {
        keptFrom = tokenStart();
        String field;
        while ((field = parser.nextFieldName()) != null) {
            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                texts.accept(field, parser.getText());
            } else {
                parser.skipChildren();
            }
        }
    }

    /** Passes over the current value. */
    void skip() throws IOException {
        parser.skipChildren();
    }

    /** Whether the current value is a null. */
    boolean atNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    /** Writes a brace or bracket. */
    void write(char punctuation) {
        out[length++] = (byte) punctuation;
    }

    /** Writes a comma, unless an object or array has just been opened. */
    void separate() {
        byte last = out[length - 1];
        if (last != '{' && last != '[') {
            out[length++] = ',';
        }
    }

    /** Writes some bytes. */
    void write(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    /** How much has been written. */
    int length() {
        return length;
    }

    /** Takes back what has been written beyond a length, and the value about to be. */
    void truncate(int to) {
        length = to;
        keptFrom = NONE;
    }

    /** What has been written, with some bytes put behind its first one. */
    byte[] bytes(byte[] inserted) {
        byte[] bytes = Arrays.copyOf(out, length + inserted.length);
        System.arraycopy(out, 1, bytes, 1 + inserted.length, length - 1);
        System.arraycopy(inserted, 0, bytes, 1, inserted.length);
        return bytes;
    }

    /** Where the current token begins. */
    int tokenStart() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    /**
     * The text of a field of the object that begins at an offset, or null if it has none. Goes over the object's fields
     * up to that one, with a parser of its own; nothing is buffered.
     */
    @Nullable
    String lookAhead(int objectStart, String field) throws IOException {
        try (JsonParser ahead = json.createParser(in, objectStart, in.length - objectStart)) {
            ahead.nextToken();
            while (ahead.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = ahead.currentName().equals(field);
                JsonToken value = ahead.nextToken();
                if (found) {
                    return value == JsonToken.VALUE_STRING ? ahead.getText() : null;
                }
                ahead.skipChildren();
            }
            return null;
        }
    }

    /** The current value's place in OpenAI's notation, such as {@code messages[0].content}. */
    String path() {
        var path = new StringBuilder();
        for (JsonStreamContext at = parser.getParsingContext(); !at.inRoot(); at = at.getParent()) {
            if (at.inArray() && at.hasCurrentIndex()) {
                path.insert(0, "[" + at.getCurrentIndex() + "]");
            } else if (at.inObject() && at.hasCurrentName()) {
                path.insert(0, "." + at.getCurrentName());
            }
        }
        return path.isEmpty() ? "" : path.substring(1);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }

    private void write(byte[] bytes, int from, int count) {
        System.arraycopy(bytes, from, out, length, count);
        length += count;
    }

    private static boolean isSeparator(byte b) {
        return b == ',' || b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
