package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** The body of a request as a tree, for the dialects that have to translate it. */
final class CanonicalBody {
    /** The ingress has limited the body, and images in it may be longer than Jackson lets a string be. */
    static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build()).build());

    private CanonicalBody() {}

    /** The caller's to change. */
    static ObjectNode read(RequestEnvelope envelope) {
        ByteBuffer body = envelope.getBody();
        try {
            return (ObjectNode) JSON.readTree(body.hasArray()
                    ? new ByteArrayInputStream(body.array(), body.arrayOffset() + body.position(), body.remaining())
                    : new ByteArrayInputStream(bytes(body)));
        } catch (IOException e) {
            throw new UncheckedIOException("An accepted request is JSON", e);
        }
    }

    private static byte[] bytes(ByteBuffer body) {
        var bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return bytes;
    }

    /** Whether a field may be in a body; false for certain, true at a guess. */
    static boolean mayHave(byte[] field, ByteBuffer body) {
        for (int at = body.position(); at <= body.limit() - field.length; at++) {
            int same = 0;
            while (same < field.length && body.get(at + same) == field[same]) {
                same++;
            }
            if (same == field.length) {
                return true;
            }
        }
        return false;
    }

    static byte[] write(ObjectNode body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
    }
}
