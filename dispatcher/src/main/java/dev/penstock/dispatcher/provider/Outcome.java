package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import org.jspecify.annotations.Nullable;

/** How a call to a provider ended. */
@SuppressWarnings("ArrayRecordComponent") // outcomes are passed on, never compared
public sealed interface Outcome {
    /**
     * A whole answer.
     *
     * @param rest what the sink has not been given: the last events of a stream (usage if the caller asked for it, and
     *            {@code [DONE]}), or the whole body of an answer that is not streamed
     */
    record Completed(byte[] rest, Consumption consumption) implements Outcome {}

    /** Nothing was generated, through no fault of the request: another provider may try. */
    record Refused(ApiError error) implements Outcome {
        /** Whether it is our key or account that the provider refuses. */
        public boolean ofKey() {
            return error.equals(Failures.AUTHENTICATION);
        }

        /** Whether no call was made, since the provider has no word for what the request asks: it says nothing of the provider. */
        public boolean unsaid() {
            return error.status() == 400;
        }
    }

    /** The request is at fault; another provider would say the same. */
    record Rejected(ApiError error) implements Outcome {}

    /**
     * The provider failed after it had begun to speak; the sink may have been given a part of the answer.
     *
     * @param spoken what the caller has been told by now, if another provider can go on with it; else null
     */
    record Broken(ApiError error, Consumption consumption, @Nullable Spoken spoken) implements Outcome {}

    /** The call was cancelled. */
    record Abandoned(Consumption consumption) implements Outcome {}

    /** What another provider can go on with; null if this end is the last one. */
    default @Nullable Spoken spoken() {
        return null;
    }

    /** The end of a call that failed before anything was generated. */
    static Outcome unanswered(ApiError error) {
        boolean callersFault = error.status() >= 400 && error.status() < 500 && error.status() != 429;
        return callersFault ? new Rejected(error) : new Refused(error);
    }
}
