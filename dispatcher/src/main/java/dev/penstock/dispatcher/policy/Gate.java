package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.catalog.Quota;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * This worker's part of one quota: of a provider, of one of its models, or of one of its API keys. Times are in
 * nanoseconds. Not thread-safe.
 */
final class Gate {
    private final Slots slots;
    private final @Nullable TokenBucket requests;
    private final @Nullable TokenBucket tokens;
    private final Throttle throttle = new Throttle();
    private int elsewhere;
    private final double batchShare;
    private final IntSupplier lentTo;
    private final BatchRoom batch = new BatchRoom();
    private long closedUntil = Long.MIN_VALUE;

    /**
     * @param calls how many may be open where the quota does not say
     * @param batchShare the part of all that batch may have, from 0 to 1
     * @param lentTo how many calls more than its part carries this worker may have open, below 0 how many fewer
     */
    Gate(Quota quota, int calls, double batchShare, IntSupplier lentTo) {
        this.batchShare = batchShare;
        this.lentTo = lentTo;
        slots = new Slots(quota.calls() == null ? calls : Math.min(calls, quota.calls()));
        requests = quota.rpm() == null ? null : new TokenBucket(quota.rpm());
        tokens = quota.tpm() == null ? null : new TokenBucket(quota.tpm());
    }

    void own(Set<Integer> partitions, int of, long now) {
        slots.own(partitions, of);
        if (requests != null) {
            requests.own(Slots.part(requests.limit(), partitions, of), now);
        }
        if (tokens != null) {
            tokens.own(Slots.part(tokens.limit(), partitions, of), now);
        }
    }

    /** So many slots of this worker's are in use by calls that their last owner began. */
    void elsewhere(int calls) {
        elsewhere = calls;
    }

    /**
     * When a call may begin, as far as that is known: {@link TokenBucket#NEVER} if one has to end first.
     *
     * @param part of its share of the slots that batch takes, from 0 to 1
     */
    long readyAt(boolean ofBatch, double part, long amount, long now) {
        if (free() <= 0) {
            return TokenBucket.NEVER;
        }
        long at = Math.max(now, closedUntil);
        if (ofBatch && !batch.mayBegin(usable(), batchShare * part, now)) {
            at = Math.max(at, batch.readyAt(now));
        }
        double reserve = ofBatch ? 1 - batchShare : 0;
        if (requests != null) {
            at = Math.max(at, requests.readyAt(1, reserve, now));
        }
        return tokens == null ? at : Math.max(at, tokens.readyAt(amount, reserve, now));
    }

    void begin(boolean ofBatch, long amount, long now) {
        slots.take();
        if (ofBatch) {
            batch.begun(now);
        } else {
            batch.interactive(slots.taken() - batch.open(), now);
        }
        if (requests != null) {
            requests.take(1, now);
        }
        if (tokens != null) {
            tokens.take(amount, now);
        }
    }

    /** An open call is made once more, for another choice: one more request, which waits for nothing. */
    void again(long now) {
        if (requests != null) {
            requests.take(1, now);
        }
    }

    /** A call is over that used more tokens than were taken for it, or, below 0, fewer. */
    void end(boolean ofBatch, long more, long now) {
        batch.interactive(slots.taken() - batch.open(), now);
        slots.release();
        if (ofBatch) {
            batch.ended();
        }
        if (tokens != null && more > 0) {
            tokens.take(more, now);
        } else if (tokens != null) {
            tokens.giveBack(-more, now);
        }
    }

    boolean hasBatch() {
        return batch.open() > 0;
    }

    /** Whether there have been interactive calls within the last seconds. */
    boolean hasInteractive(long now) {
        return batch.besideInteractive(now);
    }

    void raise(long now) {
        throttle.raise(Math.max(0, all()), now);
    }

    /** The provider has refused a call, which is to come again at this time; all others too, unless most are let in. */
    void lower(long until, long now) {
        if (throttle.lower(Math.max(0, all()), now)) {
            closedUntil = Math.max(closedUntil, until);
        }
    }

    /** What the provider says is left of its quotas, over all workers. */
    void leftOver(Headroom left, long now) {
        if (left.requests() != null) {
            leftOver(requests, left.requests(), now);
        }
        if (left.tokens() != null) {
            leftOver(tokens, left.tokens(), now);
        }
    }

    private void leftOver(@Nullable TokenBucket bucket, Headroom.Left left, long now) {
        if (bucket != null) {
            bucket.leftOver(left.amount(), now);
        }
        if (left.amount() <= 0) {
            closedUntil = Math.max(closedUntil, now + left.resetNanos());
        }
    }

    /** Until when the provider has said that it has no room. */
    long closedUntil() {
        return closedUntil;
    }

    /** Whether fewer calls may be open than the quota says, and they are. */
    boolean isLowered() {
        return throttle.of(Math.max(0, all())) < all() && free() <= 0;
    }

    int quota() {
        return slots.quota();
    }

    int taken() {
        return slots.taken();
    }

    /** How many calls may be open now. */
    int usable() {
        return Math.max(0, throttle.of(Math.max(0, all())) - elsewhere);
    }

    /** Below 0 while more are open than may be. */
    int free() {
        return usable() - slots.taken();
    }

    /** How many more are open, or lent and not given back, than this worker's part carries. */
    int over() {
        return Math.max(0, slots.taken() - all());
    }

    private int all() {
        return slots.quota() + lentTo.getAsInt();
    }

    /** How many requests a minute may begin at most, 0 if nothing limits them. */
    int perMinute() {
        return requests == null ? 0 : requests.perMinute();
    }
}
