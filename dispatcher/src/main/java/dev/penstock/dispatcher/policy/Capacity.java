package dev.penstock.dispatcher.policy;

import dev.penstock.dispatcher.policy.Fallback.Trouble;
import dev.penstock.dispatcher.policy.Models.Seen;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Quota;
import dev.penstock.schemas.catalog.Quotas;
import dev.penstock.schemas.event.Lane;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one worker may call of one provider: its part of the provider's quotas, of those of its models and of its API
 * keys, lowered by what the provider says, and a breaker for each model. Times are in nanoseconds. Not thread-safe.
 */
public final class Capacity {
    /** Tokens of an answer, until some have been seen. */
    private static final long FIRST_GUESS = 256;
    /** A body of more bytes is so for its images and recordings, which count for far less. */
    private static final long LONGEST_PROMPT = 100_000;

    private final Loans loans = new Loans();
    private final Gate whole;
    private final Keys keys;
    private final Models models;
    private final Strain strain = new Strain();
    private final Map<String, Integer> elsewhere = new HashMap<>();

    /** What a model, or with an empty name the provider, looks like from here. */
    public record View(String model, int quota, int free, double firstTokenNanos, boolean open) {}

    /** That of a worker that owns nothing yet. */
    public Capacity(Provider provider) {
        Quotas quotas = provider.quotas();
        int calls = provider.maxConcurrentCalls();
        double batchShare = quotas.batchShare() / 100.0;
        this.whole = new Gate(quotas.whole(), calls, batchShare, loans::net);
        this.keys = new Keys(Math.max(1, provider.apiKeys().size()), quotas.eachKey(), calls, batchShare,
                lentTo(quotas.eachKey()));
        this.models = new Models(name -> {
            Quota quota = quotas.models().getOrDefault(name, Quota.UNLIMITED);
            return new Gate(quota, calls, batchShare, lentTo(quota));
        });
    }

    /** Lent is what the whole provider's limit allows; a model's or a key's own stays with the partitions. */
    private IntSupplier lentTo(Quota quota) {
        return quota.calls() == null ? loans::net : () -> 0;
    }

    /** What this worker owns from now on of the provider's queue. */
    public void own(Set<Integer> owned, int count, long now) {
        whole.own(owned, count, now);
        keys.own(owned, count, now);
        models.own(owned, count, now);
    }

    /** Another worker has so many more calls open than its part allows: those of partitions that it lost just now. */
    public void elsewhere(String worker, int calls) {
        if (calls > 0) {
            elsewhere.put(worker, calls);
        } else {
            elsewhere.remove(worker);
        }
        whole.elsewhere(elsewhere.values().stream().mapToInt(Integer::intValue).sum());
    }

    /** What is lent to other workers and by them. */
    Loans loans() {
        return loans;
    }

    /** The worker looked at the clock so many nanoseconds later than it meant to. */
    public void late(long nanos) {
        strain.seen(nanos);
    }

    /** Whether calls of batch are open. */
    public boolean hasBatch() {
        return whole.hasBatch();
    }

    /** The part that batch takes of its share of the slots; quotas are not the machine's. */
    private double part(long now) {
        return whole.hasInteractive(now) ? strain.part() : 1;
    }

    /** How many calls may begin now as far as slots go; 0 while more are open than may be. */
    int free() {
        return Math.max(0, whole.free());
    }

    /** How many calls may be open at once. */
    int slots() {
        return whole.usable();
    }

    /** Whether more is open or lent than this worker's part carries. */
    public boolean isOver() {
        return whole.over() > 0;
    }

    /** Whether other workers reckon with this one: it has calls open, or slots of theirs, or they its. */
    public boolean isInUse() {
        return whole.taken() > 0 || loans.isOpen();
    }

    /**
     * How many tokens a request is counted for until its end is known: a quarter of its bytes, and what it may have
     * written at most, as providers count it; where that is unknown, what answers of the model have lately had.
     *
     * @param mostOutput 0 if it is unknown
     */
    public long tokens(String model, long promptBytes, long mostOutput, long now) {
        long usual = (long) models.get(model, now).output.or(FIRST_GUESS);
        return Math.min((promptBytes + 3) / 4, LONGEST_PROMPT) + (mostOutput > 0 ? mostOutput : usual);
    }

    /**
     * When a call may begin: now, later, or, if another has to end first, {@link Turnstile#NEVER}.
     */
    public long readyAt(Lane lane, String model, long tokens, long now) {
        Seen seen = models.get(model, now);
        boolean batch = lane == Lane.BATCH;
        double part = part(now);
        return Math.max(
                Math.max(whole.readyAt(batch, part, tokens, now), seen.gate.readyAt(batch, part, tokens, now)),
                Math.max(keys.readyAt(batch, part, tokens, now), seen.breaker.readyAt(now)));
    }

    /** That a call may begin, or null if it may not now. */
    public @Nullable Permit begin(Lane lane, String model, long tokens, long now) {
        if (readyAt(lane, model, tokens, now) > now) {
            return null;
        }
        Seen seen = models.get(model, now);
        boolean batch = lane == Lane.BATCH;
        int key = keys.next(batch, part(now), tokens, now);
        whole.begin(batch, tokens, now);
        seen.gate.begin(batch, tokens, now);
        keys.gate(key).begin(batch, tokens, now);
        return new Permit(lane, model, key, tokens, seen.breaker.begin(), now);
    }

    /**
     * An open call is made once more, for another choice of its answer. Where a quota has no room for that, the next calls
     * wait the longer.
     */
    public void again(Permit permit, long now) {
        whole.again(now);
        models.get(permit.model(), now).gate.again(now);
        keys.gate(permit.key()).again(now);
    }

    /** A call is over. */
    public void end(Permit permit, Verdict verdict, long now) {
        Seen seen = models.get(permit.model(), now);
        boolean batch = permit.lane() == Lane.BATCH;
        long more = used(verdict) - permit.tokens();
        whole.end(batch, more, now);
        seen.gate.end(batch, more, now);
        Gate key = keys.gate(permit.key());
        key.end(batch, more, now);
        loans.giveBack(whole.free());
        Gate spoken = keys.size() > 1 ? key : seen.gate;
        switch (verdict) {
            case Verdict.Well(_, long output) -> {
                seen.breaker.succeeded(permit.probe(), now);
                spoken.raise(now);
                keys.accepted(permit.key());
                seen.duration.add((double) now - permit.begunAt());
                seen.output.add((double) output);
            }
            case Verdict.Full(long retryNanos) -> {
                seen.breaker.proved(permit.probe());
                spoken.lower(now + retryNanos, now);
            }
            case Verdict.Failed _ -> seen.breaker.failed(permit.probe(), now);
            case Verdict.KeyRefused _ -> {
                seen.breaker.proved(permit.probe());
                keys.refused(permit.key(), now);
            }
            case Verdict.Nothing _ -> seen.breaker.proved(permit.probe());
        }
    }

    /** The first token of a call has come after so many nanoseconds. */
    public void firstToken(Permit permit, long nanos, long now) {
        models.get(permit.model(), now).firstToken.add((double) nanos);
    }

    /** What a provider's answer says is left. */
    public void leftOver(Permit permit, Headroom left, long now) {
        (keys.size() > 1 ? keys.gate(permit.key()) : models.get(permit.model(), now).gate).leftOver(left, now);
    }

    /** Why calls of a model are kept away for a time; null if they are not. */
    public @Nullable Trouble trouble(String model, long now) {
        Seen seen = models.get(model, now);
        if (keys.inAt(now) > now) {
            return new Trouble.Locked(false);
        }
        if (seen.breaker.isOpen(now)) {
            return new Trouble.Failed();
        }
        long until = Math.max(seen.gate.closedUntil(), keys.openAt(now));
        return until > now ? new Trouble.Full(Duration.ofNanos(until - now)) : null;
    }

    /** Whether the provider has said lately that it has less room than configured, and that is used up. */
    public boolean isLowered(String model) {
        Seen seen = models.all().get(model);
        return seen != null && seen.gate.isLowered();
    }

    /** Whether all calls are open and nothing is kept away, so that whatever waits has to wait. */
    public boolean isFull(long now) {
        return whole.free() <= 0 && models.all().keySet().stream().allMatch(model -> trouble(model, now) == null);
    }

    /** How many nanoseconds until calls may be let through again; at least a second where that is not known. */
    public long openFor(String model, long now) {
        Seen seen = models.get(model, now);
        long breaker = seen.breaker.readyAt(now);
        long at = Math.max(Math.max(breaker == TokenBucket.NEVER ? now + 1_000_000_000L : breaker,
                seen.gate.closedUntil()), Math.max(keys.inAt(now), keys.openAt(now)));
        return Math.max(0, at - now);
    }

    /** How long, in nanoseconds, so many calls take to begin one after the other; 0 if it is not known. */
    public long waitOf(String model, int calls, long now) {
        double duration = models.get(model, now).duration.or(0);
        int usable = whole.usable();
        double bySlots = usable == 0 ? 0 : calls * duration / usable;
        int perMinute = whole.perMinute();
        return (long) Math.max(bySlots, perMinute == 0 ? 0 : (calls - perMinute * 0.1) * 60e9 / perMinute);
    }

    /** How many calls are open. */
    public int taken() {
        return whole.taken();
    }

    /** Tells of the provider, with an empty name, and of each of its models that was called; free is below 0 where more is open than may be. */
    public void view(long now, BiConsumer<String, View> each) {
        boolean open = !models.all().isEmpty();
        double fastest = Double.MAX_VALUE;
        for (var one : models.all().entrySet()) {
            Seen seen = one.getValue();
            boolean closed = trouble(one.getKey(), now) != null;
            double first = seen.firstToken.or(-1);
            open &= closed;
            fastest = first < 0 ? fastest : Math.min(fastest, first);
            each.accept(one.getKey(), new View(one.getKey(), seen.gate.quota(),
                    closed ? 0 : Math.min(seen.gate.free(), whole.free()), first, closed));
        }
        each.accept("", new View("", whole.quota(), isOver() ? -whole.over() : free(),
                fastest == Double.MAX_VALUE ? -1 : fastest, open));
    }

    private static long used(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Well(long tokens, _) -> tokens;
            case Verdict.Failed(long tokens) -> tokens;
            case Verdict.Nothing(long tokens) -> tokens;
            case Verdict.Full _,Verdict.KeyRefused _ -> 0;
        };
    }
}
