package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Taken;
import dev.penstock.dispatcher.policy.Fallback;
import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.dispatcher.policy.Turnstile;
import dev.penstock.schemas.bus.Standing;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request that this worker has taken from its queue and not yet answered for.
 *
 * @param tokens what it is counted for against quotas until its end is known; 0 before that is known
 */
record Job(Taken taken, RequestEnvelope envelope, long tokens) implements Turnstile.Waiting {
    private static final Duration FRESH = Duration.ofSeconds(1);
    /** The ingress puts the limit of an answer in front of all other fields. */
    private static final Pattern LIMIT = Pattern.compile("\\{\"max_(?:completion_)?tokens\":(\\d{1,9}),");
    private static final int LIMIT_BYTES = 40;

    Job(Taken taken, RequestEnvelope envelope) {
        this(taken, envelope, 0);
    }

    String requestId() {
        return envelope.getRequestId();
    }

    Candidate candidate() {
        return envelope.getRoute().get(envelope.getNext());
    }

    /** Whether the candidate to be called is one of its route. */
    boolean isRoutable() {
        return envelope.getNext() >= 0 && envelope.getNext() < envelope.getRoute().size();
    }

    @Override
    public String tenant() {
        return envelope.getTenant();
    }

    @Override
    public Lane lane() {
        return envelope.getLane();
    }

    @Override
    public String model() {
        return candidate().getModel();
    }

    /** The model to be called, as the catalog names it. */
    String name() {
        String name = candidate().getName();
        return name.isEmpty() ? envelope.getModel() : name;
    }

    @Override
    public boolean hasNext() {
        return Fallback.next(envelope, FallbackCause.FAILURE) >= 0;
    }

    /** Whether nobody waits for the answer any more. */
    boolean isExpired(Instant now) {
        return !now.isBefore(envelope.getDeadline());
    }

    /** What attempts before came to. */
    Past past() {
        return new Past(envelope.getContinued());
    }

    /** Whether it, or another copy of it, may have been called for: then what was set aside for it may be used up. */
    boolean mayBeSecond() {
        return taken.inherited() || envelope.getDoubtful();
    }

    /** Whether its caller may have gone, or another worker may be at it: its ingress is to be asked before money is spent. */
    boolean isDoubtful(Instant now) {
        return hasCaller() && (mayBeSecond() || envelope.getAcceptedAt().plus(FRESH).isBefore(now));
    }

    /** How the request stands if who waits for it is gone: a caller is gone with its ingress, batch goes on. */
    Standing.State standingIfGone() {
        return lane() == Lane.BATCH ? Standing.State.WAITING : Standing.State.GONE;
    }

    /** Whether it is a line of a batch that nobody was called for yet; another copy of it is known by its number. */
    boolean mayBeHandedOver() {
        return envelope.getBatch() != null && envelope.getAttempt() == 1 && !envelope.getDoubtful();
    }

    /** Whether its answer is kept on the log, and so wanted whoever is gone. */
    boolean isKept() {
        return envelope.getStore();
    }

    /** Whether somebody on the bus waits for its answer. */
    boolean hasCaller() {
        return !envelope.getReplyTo().isEmpty() && !envelope.getShadow();
    }

    /** The most tokens that its answer may have; 0 if the request does not say. */
    long mostOutput() {
        ByteBuffer body = envelope.getBody().duplicate();
        byte[] start = new byte[Math.min(LIMIT_BYTES, body.remaining())];
        body.get(start);
        Matcher limit = LIMIT.matcher(new String(start, StandardCharsets.ISO_8859_1));
        return limit.lookingAt() ? Long.parseLong(limit.group(1)) : 0;
    }

    /** The same, counted for so many tokens. */
    Job countedFor(long count) {
        return new Job(taken, envelope, count);
    }

    /** The same, to be tried once more here. */
    Job again() {
        return new Job(taken, Hop.to(envelope.getNext(), envelope), tokens);
    }
}
