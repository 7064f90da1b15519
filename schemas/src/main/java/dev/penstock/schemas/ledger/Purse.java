package dev.penstock.schemas.ledger;

import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one party may spend of one account's day. Amounts are nano-US-dollars, times ms of any clock that only goes
 * forward. Not thread-safe.
 */
final class Purse {
    static final long RETRY_MS = 500;
    private static final long IDLE_RETRY_MS = 5_000;
    private static final long RECALL_POLL_MS = 50;
    private static final long VERDICT_HOLDS_MS = 250;
    private static final long TIGHT_MS = 10_000;
    private static final int REMEMBERED = 64;
    /** Of what the ledger has left, as much as this part is kept ready at most. */
    private static final int SHARE = 4;

    private record Open(long amount, long overdueAt) {}

    private record Sent(long sequence, long at, long needed, long amount, long wanted, long releases) {}

    final String tenant;
    final String account;
    final LocalDate day;
    final String party;

    private final Terms terms;
    private final Demand demand = new Demand();
    private final Map<String, Open> holds = new LinkedHashMap<>();
    private final ArrayDeque<Sent> unanswered = new ArrayDeque<>();
    private long open;
    private long granted;
    private long returned;
    private long used;
    private long releases;
    private long sequence;
    private long sentAt = Long.MIN_VALUE / 2;
    private long leaseUntil = Long.MAX_VALUE;
    private long room = Long.MAX_VALUE;
    private long recall;
    private long recallTold;
    private long recallWanted;
    private long tightUntil = Long.MIN_VALUE;
    private long askAt = Long.MIN_VALUE;
    private boolean closed;
    private @Nullable Allowance lack;
    private long lackAmount;
    private long lackUntil = Long.MIN_VALUE;

    Purse(String tenant, String account, LocalDate day, String party, Terms terms) {
        this.tenant = tenant;
        this.account = account;
        this.day = day;
        this.party = party;
        this.terms = terms;
    }

    /** Whether it must not be spent from any more: given up by the ledger, or not heard of for too long. */
    boolean isOver(long now) {
        return closed || now >= leaseUntil;
    }

    /** Whether a hold is open that nothing will ever settle: its receipt was lost, or its request. */
    boolean isOverdue(long now) {
        Iterator<Open> oldest = holds.values().iterator();
        return oldest.hasNext() && oldest.next().overdueAt() <= now;
    }

    /** Whether all that was granted is used or returned, and the ledger knows. */
    boolean isEmpty() {
        return unanswered.isEmpty() && holds.isEmpty() && granted == returned + used;
    }

    long free(long now) {
        return isOver(now) ? 0 : granted - returned - used - open;
    }

    /** What can still be spent of the account, as far as is known here; null if the ledger has not said. */
    @Nullable
    Long remaining(long now) {
        return room == Long.MAX_VALUE ? null : Long.valueOf(Math.max(0, room) + free(now));
    }

    void wish(long amount, long now) {
        demand.add(amount, now);
    }

    void take(String requestId, long amount, long now) {
        holds.put(requestId, new Open(amount, now + terms.life() + terms.margin()));
        open += amount;
    }

    /** The hold of a request is over; so much of it is gone for good. */
    void release(String requestId, long spent) {
        Open hold = holds.remove(requestId);
        if (hold != null) {
            open -= hold.amount();
            used += Math.clamp(spent, 0, hold.amount());
            releases++;
            lackUntil = Long.MIN_VALUE;
        }
    }

    /** The ledger's last word that there is not so much; null if it would have to be asked again. */
    @Nullable
    Allowance lack(long amount, long now) {
        return now < lackUntil && amount >= lackAmount ? lack : null;
    }

    /** The last answer that told of a lack, however old; null if there was none. */
    @Nullable
    Allowance lastLack() {
        return lack;
    }

    /** The caps have changed: what the ledger said of its room is void, and what is not needed goes back. */
    void reconsider(long now) {
        room = Long.MAX_VALUE;
        lackUntil = Long.MIN_VALUE;
        tightUntil = now + TIGHT_MS;
    }

    /** An answer of the ledger for this account and day, to this party or another. */
    void onAllowance(Allowance answer, long now) {
        if (answer.getRecall() > recall) {
            recall = answer.getRecall();
            tightUntil = now + TIGHT_MS;
        }
        if (!answer.getParty().equals(party)) {
            return;
        }
        granted = Math.max(granted, answer.getGranted());
        Sent request = null;
        while (!unanswered.isEmpty() && unanswered.getFirst().sequence() <= answer.getSequence()) {
            request = unanswered.removeFirst();
        }
        if (request == null || request.sequence() != answer.getSequence()) {
            return;
        }
        leaseUntil = request.at() + terms.lease();
        room = answer.getRoom();
        switch (answer.getVerdict()) {
            case GRANTED -> recallWanted = 0;
            case CLOSED -> closed = true;
            case RECALLING -> {
                lack = answer;
                askAt = now + RECALL_POLL_MS;
            }
            case SHORT -> {
                lack = answer;
                if (request.releases() == releases) {
                    lackAmount = request.amount();
                    lackUntil = now + VERDICT_HOLDS_MS;
                    recallWanted = 0;
                }
            }
        }
    }

    /**
     * What to tell the ledger now, or null if there is nothing.
     *
     * @param first what the first request that waits for this purse wishes for; 0 if none waits
     * @param waiting what all of them wish for
     */
    @Nullable
    AllowanceRequest tell(long first, long waiting, long now) {
        if (isOver(now)) {
            return null;
        }
        boolean tight = now < tightUntil;
        long target = tight ? 0 : Math.min(demand.target(now, terms.idle()), Math.max(0, room) / SHARE);
        long free = free(now);
        boolean lacks = first > free;
        boolean asking = !unanswered.isEmpty() && unanswered.getLast().needed() > 0;
        // Who keeps a part while it waits for the rest, and has others do the same, gets nothing and leaves it unused.
        // But what was asked for last is waited for, or every answer would come too late.
        long kept = tight && lacks && !asking ? 0 : waiting;
        long excess = tight || demand.idleFor(now) > terms.idle() ? Math.max(0, free - kept) : 0;
        boolean obeys = recallTold != recall && !asking;
        boolean soon = free - waiting < (target + 1) / 2;
        if (excess == 0 && !obeys && !(lacks && mayAsk(first, now)) && !(soon && unanswered.isEmpty())
                && !isDue(lacks, now)) {
            return null;
        }
        returned += excess;
        recallTold = obeys ? recall : recallTold;
        if (!lacks) {
            recallWanted = 0;
        } else if (recallWanted == 0) {
            recallWanted = recall + 1;
        }
        long bound = returned + used + open;
        return request(lacks ? bound + first : 0, lacks ? first : 0, bound + waiting + target, now);
    }

    /** Gives back all that is free, whoever may want it. */
    @Nullable
    AllowanceRequest giveBack(long now) {
        long free = Math.max(0, free(now));
        if (free == 0) {
            return null;
        }
        returned += free;
        return request(0, 0, returned + used + open, now);
    }

    private boolean mayAsk(long first, long now) {
        if (unanswered.isEmpty()) {
            return now >= askAt;
        }
        Sent last = unanswered.getLast();
        return last.needed() == 0 || last.wanted() < returned + used + open + first;
    }

    private boolean isDue(boolean urgent, long now) {
        long silence = now - sentAt;
        if (!unanswered.isEmpty()) {
            return silence >= (urgent ? RETRY_MS : IDLE_RETRY_MS);
        }
        return granted > returned + used && silence >= terms.lease() / 3;
    }

    private AllowanceRequest request(long needed, long amount, long wanted, long now) {
        sequence++;
        sentAt = now;
        unanswered.addLast(new Sent(sequence, now, needed, amount, wanted, releases));
        if (unanswered.size() > REMEMBERED) {
            unanswered.removeFirst();
        }
        return new AllowanceRequest(tenant, account, day, party, sequence, wanted, needed, returned, recallTold,
                needed == 0 ? 0 : recallWanted, terms.closeAfter());
    }
}
