package dev.penstock.dispatcher.policy;

import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.schemas.event.Lane;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one provider on one worker, and what of it may go now. Times are in nanoseconds. Not thread-safe.
 */
public final class Turnstile<T extends Turnstile.Waiting> {
    private static final long LOOK_AGAIN = 1_000_000_000L;

    /** When something that never comes would be due. */
    public static final long NEVER = TokenBucket.NEVER;

    /** Something that waits. */
    public interface Waiting {
        String tenant();

        Lane lane();

        /** As the provider names it. */
        String model();

        /** How many tokens it is counted for. */
        long tokens();

        /** Whether another candidate may be tried instead. */
        boolean hasNext();
    }

    /** Whose turn it is, and for what. */
    public sealed interface Turn<T> {
        /** Its call may begin; the permit is to be given back to the capacity. */
        record Begin<T>(T item, Permit permit) implements Turn<T> {}

        /** It had better not wait here. */
        record Divert<T>(T item, Trouble trouble) implements Turn<T> {}
    }

    private final FairQueue<T> queue;
    private final Capacity capacity;
    private final Elbowroom elbowroom = new Elbowroom();
    private long due;

    public Turnstile(FairQueue<T> queue, Capacity capacity) {
        this.queue = queue;
        this.capacity = capacity;
    }

    public Capacity capacity() {
        return capacity;
    }

    /** Lets an item wait. False if its tenant has as much waiting as it may; it waits all the same. */
    public boolean offer(T item) {
        return queue.offer(item.tenant(), item.lane(), item);
    }

    /** How much of a tenant's lane waits. */
    public int waiting(String tenant, Lane lane) {
        return queue.size(tenant, lane);
    }

    public int waiting(Lane lane) {
        return queue.size(lane);
    }

    public int removeIf(Predicate<? super T> predicate) {
        return queue.removeIf(predicate);
    }

    /** How long a tenant's next interactive request is likely to wait, in nanoseconds; 0 if that is not known. */
    public long expectedWait(String tenant, String model, long now) {
        int mine = queue.size(tenant, Lane.INTERACTIVE) + 1;
        int tenants = Math.max(1, queue.tenants(Lane.INTERACTIVE));
        int ahead = (int) Math.min(queue.size(Lane.INTERACTIVE), (long) mine * tenants);
        return ahead == 0 ? 0 : capacity.waitOf(model, ahead, now);
    }

    /**
     * Another worker looks like this. What is free here, where nothing waits, is lent to one that has more waiting than
     * slots; nothing is kept back, since it is wanted back as soon as something comes, and the first call to end there
     * gives it: as soon as if all workers had one queue.
     */
    public void seen(String worker, int free, int waitingThere) {
        int slots = Math.min(waitingThere - Math.max(0, free), capacity.free());
        if (slots > 0 && queue.size(Lane.INTERACTIVE) == 0) {
            capacity.loans().lend(worker, slots);
        }
    }

    /** Another worker has said how a loan stands. */
    public void hear(Loans.Terms terms) {
        capacity.loans().hear(terms);
        capacity.loans().giveBack(capacity.free());
    }

    /** Another worker is gone. */
    public void gone(String worker) {
        capacity.loans().gone(worker);
        capacity.elsewhere(worker, 0);
    }

    /** What other workers have to be told of loans; to be called when what may go has gone, and once a second for all. */
    public List<Loans.Terms> toTell(boolean all) {
        int waiting = queue.size(Lane.INTERACTIVE);
        Loans loans = capacity.loans();
        if (all && waiting == 0) {
            loans.giveBackAll(capacity.free());
        }
        loans.want(Math.max(0, waiting + loans.wanted() - capacity.free()));
        return loans.toTell(all);
    }

    /** Whose turn it is now; empty if all have to wait, see {@link #dueAt}. */
    public Optional<Turn<T>> next(long now) {
        due = NEVER;
        if (queue.size() == 0 || capacity.isFull(now)) {
            return Optional.empty();
        }
        return queue.poll(item -> mayGo(item, now)).map(item -> turn(item, now));
    }

    /** When, after {@link #next} gave nothing, it may give something though nothing happens: {@link #NEVER} if it will not. */
    public long dueAt() {
        return due;
    }

    private boolean mayGo(T item, long now) {
        if (troubleFor(item, now) != null) {
            return true;
        }
        long at = capacity.readyAt(item.lane(), item.model(), item.tokens(), now);
        if (at <= now && isCrowding(item, now)) {
            at = now + LOOK_AGAIN;
        }
        due = Math.min(due, at);
        return at <= now;
    }

    private boolean isCrowding(T item, long now) {
        int slots = capacity.slots();
        return item.lane() == Lane.INTERACTIVE && capacity.free() <= slots / Elbowroom.ONE_IN
                && capacity.free() <= elbowroom.beside(item.tenant(), slots, now);
    }

    private Turn<T> turn(T item, long now) {
        Trouble trouble = troubleFor(item, now);
        if (trouble != null) {
            return new Turn.Divert<>(item, trouble);
        }
        if (item.lane() == Lane.INTERACTIVE) {
            elbowroom.begun(item.tenant(), now);
        }
        return new Turn.Begin<>(item, Objects.requireNonNull(
                capacity.begin(item.lane(), item.model(), item.tokens(), now), "it may go"));
    }

    /** A call for an item is over. */
    public void end(T item, Permit permit, Verdict verdict, long now) {
        if (item.lane() == Lane.INTERACTIVE) {
            elbowroom.ended(item.tenant());
        }
        capacity.end(permit, verdict, now);
    }

    /** The trouble, if it makes an item leave: where there is merely no room, who has nowhere to go waits. */
    private @Nullable Trouble troubleFor(T item, long now) {
        Trouble trouble = capacity.trouble(item.model(), now);
        if (trouble == null && item.hasNext() && capacity.isLowered(item.model())) {
            return new Trouble.Full(Duration.ZERO);
        }
        return trouble instanceof Trouble.Full && !item.hasNext() ? null : trouble;
    }
}
