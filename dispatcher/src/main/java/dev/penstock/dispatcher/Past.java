package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.Consumption;
import dev.penstock.dispatcher.provider.Spoken;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.Tokens;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts came to whose answer broke off, and is gone on with. Pure.
 *
 * @param continued null: none has
 */
record Past(@Nullable Continued continued) {
    /** How many pieces of a stream the caller has been sent. */
    int seen() {
        return continued == null ? 0 : continued.getSeen();
    }

    /** The latest of them, or null. */
    @Nullable
    String attemptId() {
        return continued == null ? null : continued.getAttemptId();
    }

    /** What they cost with one more; null if either is unknown. */
    @Nullable
    Long plus(@Nullable Long cost) {
        if (continued == null || cost == null) {
            return cost;
        }
        return continued.getCostNanoUsd() == null ? null : Long.valueOf(cost + continued.getCostNanoUsd());
    }

    /**
     * The same with one more, which has broken off as well.
     *
     * @param deltas how many pieces of a stream it has sent
     * @param cost of it, or null if that is unknown
     */
    Continued with(AttemptEnded ended, Spoken spoken, int deltas, @Nullable Long cost) {
        Tokens tokens = Objects.requireNonNull(ended.getTokens(), "an answer that has begun has used some");
        return Continued.newBuilder()
                .setAttemptId(ended.getAttemptId())
                .setText(spoken.text())
                .setTextTokens(spoken.tokens())
                .setSeen(seen() + deltas)
                .setCreated(spoken.created())
                .setTokens(continued == null ? tokens : Consumption.sum(continued.getTokens(), tokens))
                .setCostNanoUsd(plus(cost))
                .build();
    }
}
