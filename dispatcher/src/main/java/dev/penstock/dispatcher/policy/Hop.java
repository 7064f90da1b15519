package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.RequestEnvelope;

/** Makes the envelope of a request's next attempt. */
public final class Hop {
    private static final int ATTEMPT = position("attempt");
    private static final int NEXT = position("next");

    private Hop() {}

    /** The same request, to be tried with this candidate; its parts are shared, not copied, as Avro's builder would. */
    public static RequestEnvelope to(int candidate, RequestEnvelope envelope) {
        var hop = new RequestEnvelope();
        for (int field = 0; field < envelope.getSchema().getFields().size(); field++) {
            hop.put(field, envelope.get(field));
        }
        hop.put(ATTEMPT, envelope.getAttempt() + 1);
        hop.put(NEXT, candidate);
        return hop;
    }

    private static int position(String field) {
        return RequestEnvelope.getClassSchema().getField(field).pos();
    }
}
