package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.Outcome;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.AttemptStarted;
import dev.penstock.schemas.event.Hold;
import dev.penstock.schemas.event.Tokens;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the log is told of an attempt.
 *
 * @param id unique for every call
 * @param worker bus address to which signals for this attempt are to go
 * @param catalog for the prices
 * @param hold what was set aside for this attempt, or null
 */
record AttemptEvents(String id, Job job, String worker, Catalog catalog, @Nullable Hold hold, Instant startedAt) {
    /** As exact as events are. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    /** That it has begun. */
    AttemptStarted started() {
        return AttemptStarted.newBuilder()
                .setAttemptId(id)
                .setRequestId(job.envelope().getRequestId())
                .setAttempt(job.envelope().getAttempt())
                .setTenant(job.envelope().getTenant())
                .setKeyId(job.envelope().getKeyId())
                .setBillingDay(job.envelope().getBillingDay())
                .setModel(job.name())
                .setRoute(route())
                .setArm(job.envelope().getArm())
                .setProvider(job.candidate().getProvider())
                .setProviderModel(job.candidate().getModel())
                .setWorker(worker)
                .setStartedAt(startedAt)
                .setLane(job.envelope().getLane())
                .setDeadline(job.envelope().getDeadline())
                .setHold(hold)
                .setContinues(job.past().attemptId())
                .build();
    }

    /**
     * How it ended, now.
     *
     * @param firstTokenAt null if there was none
     */
    AttemptEnded ended(Outcome outcome, @Nullable Instant firstTokenAt) {
        var event = AttemptEnded.newBuilder()
                .setAttemptId(id)
                .setRequestId(job.envelope().getRequestId())
                .setAttempt(job.envelope().getAttempt())
                .setTenant(job.envelope().getTenant())
                .setKeyId(job.envelope().getKeyId())
                .setLane(job.envelope().getLane())
                .setBillingDay(job.envelope().getBillingDay())
                .setModel(job.name())
                .setRoute(route())
                .setArm(job.envelope().getArm())
                .setProvider(job.candidate().getProvider())
                .setProviderModel(job.candidate().getModel())
                .setStartedAt(startedAt)
                .setFirstTokenAt(firstTokenAt)
                .setEndedAt(now())
                .setContinues(job.past().attemptId());
        var complete = switch (outcome) {
            case Outcome.Completed(_, var used) -> event.setEnd(AttemptEnd.COMPLETED).setTokens(used.tokens());
            case Outcome.Refused(var error) -> event.setEnd(AttemptEnd.REFUSED).setErrorCode(code(error));
            case Outcome.Rejected(var error) -> event.setEnd(AttemptEnd.REJECTED).setErrorCode(code(error));
            case Outcome.Broken(var error, var used, _) -> event.setEnd(AttemptEnd.BROKEN).setErrorCode(code(error))
                    .setTokens(used.tokens());
            case Outcome.Abandoned(var used) -> event.setEnd(AttemptEnd.ABANDONED).setTokens(used.tokens());
        };
        long used = used(complete.getTokens());
        if (hold != null && !job.envelope().getStream() && isCutShort(outcome)) {
            // Of an answer in one piece nothing is heard before its end: it may have been written, and charged, in full.
            complete.setAdjustNanoUsd(hold.getNanoUsd() - used);
            used = hold.getNanoUsd();
        }
        return complete.setHold(hold).setHoldUsed(used).build();
    }

    /** Whether it ended with the provider at work and before it had counted. */
    private static boolean isCutShort(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Abandoned(var heard) -> heard.usage().inputTokens() > 0;
            case Outcome.Broken(_, var heard, _) -> heard.estimated();
            case Outcome.Completed _,Outcome.Refused _,Outcome.Rejected _ -> false;
        };
    }

    /** What of the hold is gone: the cost, or all where that is unknown. */
    private long used(@Nullable Tokens tokens) {
        if (hold == null || tokens == null) {
            return 0;
        }
        Long cost = cost(tokens);
        return cost == null ? hold.getNanoUsd() : Math.min(cost, hold.getNanoUsd());
    }

    /** In nano-US-dollars; null if it is unknown. */
    @Nullable
    Long cost(@Nullable Tokens tokens) {
        if (tokens == null) {
            return null;
        }
        Price price = catalog.price(job.name(), job.candidate().getProvider());
        return price == null ? null : price.cost(tokens);
    }

    private static String code(ApiError error) {
        return error.code() == null ? error.type() : error.code();
    }

    private @Nullable String route() {
        String asked = job.envelope().getModel();
        return asked.equals(job.name()) ? null : asked;
    }
}
