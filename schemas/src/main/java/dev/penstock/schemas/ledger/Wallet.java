package dev.penstock.schemas.ledger;

import dev.penstock.schemas.event.Allowance;
import dev.penstock.schemas.event.AllowanceRequest;
import dev.penstock.schemas.event.HeldFrom;
import dev.penstock.schemas.event.Hold;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that one spender may spend: holds are taken from here and settled here, without a word to anybody as long as
 * enough is ready. It has no effects: what it has to tell and what has been decided is fetched after each call. Amounts
 * are nano-US-dollars, times ms of any clock that only goes forward. Not thread-safe.
 */
public final class Wallet {
    /** A request that waited, and what came of it. */
    public record Decided(String requestId, Decision decision) {}

    private record Slot(String account, LocalDate day) {}

    private record Waiter(String requestId, String tenant, List<Slot> slots, long amount, long until) {}

    private static final int DAYS_KEPT = 2;

    private final String name;
    private final Terms terms;
    private final Map<Slot, Purse> purses = new HashMap<>();
    private final Map<String, List<Purse>> open = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private List<AllowanceRequest> requests = new ArrayList<>();
    private List<Decided> decided = new ArrayList<>();
    private int parties;

    /** @param name never used before by any spender */
    public Wallet(String name, Terms terms) {
        this.name = name;
        this.terms = terms;
    }

    /**
     * Takes a hold from each of the accounts, or from none.
     *
     * @param requestId not held for already
     * @param accounts of the tenant
     * @param day the accounts' day that the request belongs to
     */
    public Decision hold(String requestId, String tenant, List<String> accounts, LocalDate day, long amount,
            long now) {
        List<Slot> slots = accounts.stream().map(account -> new Slot(account, day)).toList();
        var waiter = new Waiter(requestId, tenant, slots, amount, now + terms.patience());
        List<Purse> from = purses(waiter, now);
        from.forEach(purse -> purse.wish(amount, now));
        boolean first = waiters.stream().noneMatch(other -> other.slots().stream().anyMatch(slots::contains));
        Decision decision = first ? decide(waiter, from, now) : new Decision.Waiting();
        if (decision instanceof Decision.Waiting) {
            waiters.add(waiter);
        }
        from.forEach(purse -> tell(purse, now));
        return decision;
    }

    /**
     * What accounts can all still spend: what the ledger has not granted to anybody, by its last word, and what is free
     * here. What other spenders hold ready is not in it. Null where the ledger has said nothing yet.
     */
    public @Nullable Long remaining(List<String> accounts, LocalDate day, long now) {
        Long least = null;
        for (String account : accounts) {
            Purse purse = purses.get(new Slot(account, day));
            Long left = purse == null ? null : purse.remaining(now);
            if (left == null) {
                return null;
            }
            least = least == null ? left : Long.valueOf(Math.min(least, left));
        }
        return least;
    }

    /** A request is over and has used up so much of its hold; what is unknown is passed over. */
    public void settle(String requestId, long used, long now) {
        List<Purse> from = open.remove(requestId);
        if (from != null) {
            from.forEach(purse -> purse.release(requestId, used));
            serve(now);
            from.stream().filter(this::isCurrent).forEach(purse -> tell(purse, now));
        }
    }

    /** Nobody waits for the decision any more. */
    public void forget(String requestId) {
        waiters.removeIf(waiter -> waiter.requestId().equals(requestId));
    }

    /** An answer of the ledger, whoever it was for. */
    public void onAllowance(Allowance answer, long now) {
        Purse purse = purses.get(new Slot(answer.getAccount(), answer.getDay()));
        if (purse != null) {
            purse.onAllowance(answer, now);
            serve(now);
            tell(purse, now);
        }
    }

    /** The caps of an account have changed: what is not needed goes back, and the ledger is asked anew. */
    public void onCapChange(String account, long now) {
        for (Purse purse : List.copyOf(purses.values())) {
            if (purse.account.equals(account)) {
                purse.reconsider(now);
                tell(purse, now);
            }
        }
    }

    /** To be called once a second, and every 50 ms or so while {@link #isWaiting}. */
    public void tick(long now) {
        LocalDate newest = purses.values().stream().map(purse -> purse.day).max(LocalDate::compareTo)
                .orElse(LocalDate.MIN);
        for (Iterator<Purse> all = purses.values().iterator(); all.hasNext();) {
            Purse purse = all.next();
            if (purse.isOverdue(now)) { // what it has left comes back when the ledger closes it
                add(purse.giveBack(now));
                all.remove();
            } else if (purse.isOver(now) || purse.isEmpty() && purse.day.plusDays(DAYS_KEPT).isBefore(newest)) {
                all.remove();
            }
        }
        serve(now);
        List.copyOf(purses.values()).forEach(purse -> tell(purse, now));
    }

    /** Gives back what no open request may need. */
    public void close(long now) {
        purses.values().forEach(purse -> add(purse.giveBack(now)));
    }

    /** Whether a request waits for the ledger. */
    public boolean isWaiting() {
        return !waiters.isEmpty();
    }

    /** What is to be told to the ledger, in this order; each is given out once. */
    public List<AllowanceRequest> requests() {
        List<AllowanceRequest> all = requests;
        requests = all.isEmpty() ? all : new ArrayList<>();
        return all;
    }

    /** What has been decided for requests that waited; each is given out once. */
    public List<Decided> decided() {
        List<Decided> all = decided;
        decided = all.isEmpty() ? all : new ArrayList<>();
        return all;
    }

    private void serve(long now) {
        Set<Slot> blocked = new HashSet<>();
        for (Iterator<Waiter> all = waiters.iterator(); all.hasNext();) {
            Waiter waiter = all.next();
            Decision decision = waiter.slots().stream().anyMatch(blocked::contains)
                    ? overdue(waiter, List.of(), now)
                    : decide(waiter, purses(waiter, now), now);
            if (decision instanceof Decision.Waiting) {
                blocked.addAll(waiter.slots());
            } else {
                all.remove();
                decided.add(new Decided(waiter.requestId(), decision));
            }
        }
    }

    private Decision decide(Waiter waiter, List<Purse> from, long now) {
        long amount = waiter.amount();
        if (from.stream().allMatch(purse -> purse.free(now) >= amount)) {
            from.forEach(purse -> purse.take(waiter.requestId(), amount, now));
            open.put(waiter.requestId(), from);
            return new Decision.Held(new Hold(amount,
                    from.stream().map(purse -> new HeldFrom(purse.account, purse.party)).toList()));
        }
        for (Purse purse : from) {
            Allowance lack = purse.free(now) >= amount ? null : purse.lack(amount, now);
            if (lack != null) {
                return new Decision.Lacking(lack);
            }
        }
        return overdue(waiter, from, now);
    }

    private static Decision overdue(Waiter waiter, List<Purse> from, long now) {
        if (now < waiter.until()) {
            return new Decision.Waiting();
        }
        for (Purse purse : from) {
            Allowance lack = purse.lastLack();
            if (lack != null && purse.free(now) < waiter.amount()) {
                return new Decision.Lacking(lack);
            }
        }
        return new Decision.Unanswered();
    }

    private List<Purse> purses(Waiter waiter, long now) {
        return waiter.slots().stream().map(slot -> {
            Purse purse = purses.get(slot);
            if (purse == null || purse.isOver(now)) {
                purse = new Purse(waiter.tenant(), slot.account(), slot.day(), name + "#" + ++parties, terms);
                purses.put(slot, purse);
            }
            return purse;
        }).toList();
    }

    private boolean isCurrent(Purse purse) {
        return purses.get(new Slot(purse.account, purse.day)) == purse;
    }

    private void tell(Purse purse, long now) {
        long first = 0;
        long waiting = 0;
        for (Waiter waiter : waiters) {
            if (waiter.slots().contains(new Slot(purse.account, purse.day))) {
                first = first == 0 ? waiter.amount() : first;
                waiting += waiter.amount();
            }
        }
        add(purse.tell(first, waiting, now));
    }

    private void add(@Nullable AllowanceRequest request) {
        if (request != null) {
            requests.add(request);
        }
    }
}
