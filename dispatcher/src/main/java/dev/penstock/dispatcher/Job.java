package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.time.Duration;
import java.time.Instant;

/** A request that this worker has taken from its queue and not yet answered for. */
record Job(Taken taken, RequestEnvelope envelope) {
    private static final Duration FRESH = Duration.ofSeconds(1);

    String requestId() {
        return envelope.getRequestId();
    }

    Candidate candidate() {
        return envelope.getRoute().getFirst();
    }

    /** How the request stands if who waits for it does not say: a caller has gone with its ingress, a batch goes on. */
    Standing.State standingIfSilent() {
        return envelope.getBatch() == null ? Standing.State.GONE : Standing.State.WAITING;
    }

    /** Whether nobody waits for the answer any more. */
    boolean isExpired(Instant now) {
        return !now.isBefore(envelope.getDeadline());
    }

    /** Whether its caller may have gone, or another worker may be at it: its ingress is to be asked before money is spent. */
    boolean isDoubtful(Instant now) {
        return taken.inherited() || envelope.getAcceptedAt().plus(FRESH).isBefore(now);
    }
}
