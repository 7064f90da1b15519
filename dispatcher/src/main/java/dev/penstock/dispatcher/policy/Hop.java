package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.time.Instant;

/** Makes envelopes of others. What is the same is shared, not copied, as Avro's builder would. */
public final class Hop {
    private static final int ATTEMPT = position("attempt");
    private static final int NEXT = position("next");
    private static final int DOUBTFUL = position("doubtful");
    private static final int BODY = position("body");
    private static final int LANE = position("lane");
    private static final int DEADLINE = position("deadline");
    private static final int REPLY_TO = position("replyTo");

    private static final int CONTINUED = position("continued");

    private Hop() {}

    /** The same request, to be tried once more, with this candidate. */
    public static RequestEnvelope to(int candidate, RequestEnvelope envelope) {
        var hop = copy(envelope);
        hop.put(ATTEMPT, envelope.getAttempt() + 1);
        hop.put(NEXT, candidate);
        return hop;
    }

    /** The same request, whose answer broke off, for this candidate to go on with; what was held for it has been used. */
    public static RequestEnvelope goOn(int candidate, Continued continued, RequestEnvelope envelope) {
        var hop = doubtful(to(candidate, envelope));
        hop.put(CONTINUED, continued);
        return hop;
    }

    /** The same request, of which another copy may be under way. */
    public static RequestEnvelope doubtful(RequestEnvelope envelope) {
        var copy = copy(envelope);
        copy.put(DOUBTFUL, true);
        return copy;
    }

    /** The same request once more from its first candidate, as batch; nobody waits for what was interactive any more. */
    public static RequestEnvelope replayed(RequestEnvelope envelope, Instant deadline) {
        var copy = doubtful(to(0, envelope));
        copy.put(DEADLINE, deadline);
        copy.put(CONTINUED, null);
        copy.put(LANE, Lane.BATCH);
        copy.put(REPLY_TO, envelope.getLane() == Lane.BATCH ? envelope.getReplyTo() : "");
        return copy;
    }

    /** The same request with another body. */
    public static RequestEnvelope withBody(ByteBuffer body, RequestEnvelope envelope) {
        var copy = copy(envelope);
        copy.put(BODY, body);
        return copy;
    }

    private static RequestEnvelope copy(RequestEnvelope envelope) {
        var copy = new RequestEnvelope();
        for (int field = 0; field < envelope.getSchema().getFields().size(); field++) {
            copy.put(field, envelope.get(field));
        }
        return copy;
    }

    private static int position(String field) {
        return RequestEnvelope.getClassSchema().getField(field).pos();
    }
}
