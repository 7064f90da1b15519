package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** What a route has a candidate asked otherwise than the caller did. */
final class Parameters {
    private Parameters() {}

    /** The request with the candidate's parameters in place of its own; the same where it has none. */
    static RequestEnvelope over(RequestEnvelope envelope, Candidate candidate) {
        if (candidate.getParameters() == null) {
            return envelope;
        }
        try {
            var body = (ObjectNode) CanonicalBody.JSON.readTree(bytes(envelope.getBody()));
            body.setAll((ObjectNode) CanonicalBody.JSON.readTree(bytes(candidate.getParameters())));
            return Hop.withBody(ByteBuffer.wrap(CanonicalBody.write(body)), envelope);
        } catch (IOException e) {
            throw new UncheckedIOException("An accepted request is JSON, and so are a route's parameters", e);
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
