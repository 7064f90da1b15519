package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.FallbackCause;
import dev.penstock.schemas.event.Lane;
import dev.penstock.schemas.event.RequestEnvelope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Decides what comes next for a request. Pure; the only state, the budget of retries, is asked through a function. */
public final class Fallback {
    /** How often an interactive request is sent round again before its caller is told. */
    private static final int INTERACTIVE_RETRIES = 2;
    private static final Set<String> TOO_LONG = Set.of("context_length_exceeded", "string_above_max_length");
    private static final Set<String> FILTERED = Set.of("content_filter", "content_policy_violation");

    private Fallback() {}

    /** Why a request has no answer yet. */
    public sealed interface Trouble {
        /**
         * The provider says that it has no room; nothing was generated.
         *
         * @param retry when to come again
         */
        record Full(Duration retry) implements Trouble {}

        /** The provider failed before it said anything, or its breaker is open. */
        record Failed() implements Trouble {}

        /**
         * The provider refuses the key.
         *
         * @param otherKey whether it may be called with another; else to come again is of no use
         */
        record Locked(boolean otherKey) implements Trouble {}

        /** The provider cannot be asked for this, others perhaps can; it may be well. */
        record Unfit() implements Trouble {}

        /** The answer broke off after it had been begun and may have been paid; another can go on with it. */
        record BrokenOff() implements Trouble {}

        /** The provider objects to the request; {@code code} is OpenAI's. */
        record Rejected(@Nullable String code) implements Trouble {}
    }

    /** Which kind of candidate is tried after an error of this code. */
    private static @Nullable FallbackCause causeOf(@Nullable String code) {
        return code == null
                ? null
                : TOO_LONG.contains(code)
                        ? FallbackCause.CONTEXT_LENGTH
                        : FILTERED.contains(code) ? FallbackCause.CONTENT_FILTER : null;
    }

    /**
     * What comes next.
     *
     * @param attempts how many there have been, this one included
     * @param budget takes a retry of the provider's budget, if there is one
     */
    public static Step after(RequestEnvelope envelope, int attempts, Trouble trouble, BooleanSupplier budget,
            Instant now) {
        FallbackCause cause = switch (trouble) {
            // What the caller asked has been taken before; what it is asked with now, another may take.
            case Trouble.Rejected(var code) when envelope.getContinued() != null -> FallbackCause.FAILURE;
            case Trouble.Rejected(var code) -> causeOf(code);
            case Trouble.BrokenOff _ -> envelope.getContinuable() ? FallbackCause.FAILURE : null;
            case Trouble.Full _,Trouble.Failed _,Trouble.Locked _,Trouble.Unfit _ -> FallbackCause.FAILURE;
        };
        if (trouble instanceof Trouble.Locked(boolean otherKey) && otherKey) {
            return new Step.Wait(Duration.ZERO);
        }
        if (cause == null) {
            return new Step.Answer();
        }
        int next = next(envelope, cause);
        if (trouble instanceof Trouble.BrokenOff) {
            return next >= 0 && now.isBefore(envelope.getDeadline()) ? new Step.GoOn(next) : new Step.Answer();
        }
        if (next >= 0) {
            return now.isBefore(envelope.getDeadline()) ? new Step.Next(next) : new Step.Exhausted();
        }
        return switch (trouble) {
            case Trouble.Rejected _,Trouble.BrokenOff _ -> new Step.Answer();
            case Trouble.Full(var retry) -> full(envelope, attempts, retry, now);
            case Trouble.Failed _ -> failed(envelope, attempts, budget, now);
            case Trouble.Unfit _ -> unfit(envelope, attempts, now);
            case Trouble.Locked _ -> envelope.getLane() == Lane.BATCH
                    ? later(envelope, Delay.LONG, now)
                    : new Step.Exhausted();
        };
    }

    /** The candidate that comes after the envelope's present one for this cause, or -1. */
    public static int next(RequestEnvelope envelope, FallbackCause cause) {
        List<Candidate> route = envelope.getRoute();
        for (int i = envelope.getNext() + 1; i < route.size(); i++) {
            if (route.get(i).getAfter() == cause) {
                return i;
            }
        }
        return -1;
    }

    /** No room is no error: it waits, unless it has been told so again and again or its time is over before there is room. */
    private static Step full(RequestEnvelope envelope, int attempts, Duration retry, Instant now) {
        boolean patient = envelope.getLane() == Lane.BATCH || attempts <= INTERACTIVE_RETRIES;
        return patient && now.plus(retry).isBefore(envelope.getDeadline()) && envelope.getNext() == firstFor(envelope)
                ? new Step.Wait(retry)
                : patient ? later(envelope, Delay.after(attempts), now) : new Step.Exhausted();
    }

    private static Step failed(RequestEnvelope envelope, int attempts, BooleanSupplier budget, Instant now) {
        boolean budgeted = budget.getAsBoolean();
        return switch (envelope.getLane()) {
            case INTERACTIVE -> budgeted && rounds(envelope, attempts) <= INTERACTIVE_RETRIES
                    ? later(envelope, Delay.SHORT, now)
                    : new Step.Exhausted();
            case BATCH -> later(envelope, Delay.after(budgeted ? attempts : attempts + 3), now);
        };
    }

    /** Those before it may be well again; where there are none, or they stay away, the caller hears what is amiss. */
    private static Step unfit(RequestEnvelope envelope, int attempts, Instant now) {
        return envelope.getNext() != firstFor(envelope) && rounds(envelope, attempts) <= INTERACTIVE_RETRIES
                ? later(envelope, Delay.SHORT, now)
                : new Step.Answer();
    }

    private static Step later(RequestEnvelope envelope, Delay delay, Instant now) {
        return now.plus(delay.duration()).isBefore(envelope.getDeadline())
                ? new Step.Later(firstFor(envelope), delay)
                : new Step.Exhausted();
    }

    /** How often the route has been gone through. */
    private static int rounds(RequestEnvelope envelope, int attempts) {
        long chain = envelope.getRoute().stream().filter(one -> one.getAfter() == FallbackCause.FAILURE).count();
        return (int) Math.ceilDiv(attempts, Math.max(1, chain));
    }

    /** Where another round begins: with the first, unless the request is on a chain of its own for what it is. */
    private static int firstFor(RequestEnvelope envelope) {
        int at = Math.min(envelope.getNext(), envelope.getRoute().size() - 1);
        return envelope.getRoute().get(at).getAfter() == FallbackCause.FAILURE ? 0 : at;
    }
}
