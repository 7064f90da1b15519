package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;

/** A request that this worker has taken from its queue and not yet answered for. */
record Job(Taken taken, RequestEnvelope envelope) {
    String requestId() {
        return envelope.getRequestId();
    }

    Candidate candidate() {
        return envelope.getRoute().getFirst();
    }
}
