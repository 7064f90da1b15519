package dev.penstock.ingress.admission;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Reads the body of {@code POST /v1/chat/completions}. Safe for use by several threads; never blocks. */
public final class ChatRequestReader {
    private static final int MAX_DEPTH = 64;

    /**
     * JSON between systems is UTF-8 (RFC 8259, 8.1), and byte offsets exist only for that, so no other encoding is
     * guessed. Names are the callers' and must not stay in the JVM's table of strings. Strings have no limit of their
     * own, since images come in them; the limit of the body bounds them.
     */
    static final JsonFactory JSON = JsonFactory.builder().disable(JsonFactory.Feature.CHARSET_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE).build())
            .build();

    private ChatRequestReader() {}

    /** What a body turned out to be. */
    public sealed interface Result {
        /** A request that may be admitted. */
        record Valid(ChatRequest request) implements Result {}

        /** A request that is at fault, and how; nothing of its prompt is in the error. */
        record Invalid(ApiError error) implements Result {}
    }

    /** Validates a body and makes it canonical. A field that is given twice in one object makes it invalid. */
    public static Result read(byte[] body) {
        try (var copier = new Copier(body, JSON)) {
            ApiError error = copy(copier);
            return error == null ? new Result.Valid(copier.facts.request(copier)) : new Result.Invalid(error);
        } catch (JacksonException _) { // its text quotes the body
            return new Result.Invalid(Violations.unreadable());
        } catch (IOException e) {
            throw new UncheckedIOException("an array has every byte", e);
        }
    }

    private static @Nullable ApiError copy(Copier copier) throws IOException {
        if (copier.next() != JsonToken.START_OBJECT) {
            return Violations.unreadable();
        }
        ApiError error = copier.copy(ChatRequestShape.REQUEST);
        if (error != null) {
            return error;
        }
        return copier.next() == null ? copier.facts.conflict() : Violations.unreadable();
    }
}
