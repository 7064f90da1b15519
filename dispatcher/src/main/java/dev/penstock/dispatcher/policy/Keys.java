package dev.penstock.dispatcher.policy;

import dev.penstock.schemas.catalog.Quota;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * A provider's API keys, used in turn, each within its own quota. One that is refused is taken out for a minute, and for
 * twice as long each time up to an hour; then it is tried again. Not thread-safe.
 */
final class Keys {
    private static final long MINUTE = 60_000_000_000L;

    private final List<Key> keys = new ArrayList<>();
    private int turn;

    private static final class Key {
        final Gate gate;
        int refusals;
        long outUntil = Long.MIN_VALUE;

        Key(Gate gate) {
            this.gate = gate;
        }
    }

    /** The others as of {@link Gate}; each key may have as many calls open as the provider. */
    Keys(int count, Quota each, int calls, double batchShare, IntSupplier lentTo) {
        for (int i = 0; i < count; i++) {
            keys.add(new Key(new Gate(each, calls, batchShare, lentTo)));
        }
    }

    void own(Set<Integer> partitions, int of, long now) {
        keys.forEach(key -> key.gate.own(partitions, of, now));
    }

    Gate gate(int key) {
        return keys.get(key).gate;
    }

    int size() {
        return keys.size();
    }

    /** When some key may be called with. */
    long readyAt(boolean batch, double part, long tokens, long now) {
        long at = TokenBucket.NEVER;
        for (Key key : keys) {
            at = Math.min(at, readyAt(key, batch, part, tokens, now));
        }
        return at;
    }

    /** The next in turn that may be called with now. */
    int next(boolean batch, double part, long tokens, long now) {
        for (int i = 0; i < keys.size(); i++) {
            int key = (turn + i) % keys.size();
            if (readyAt(keys.get(key), batch, part, tokens, now) <= now) {
                turn = key + 1;
                return key;
            }
        }
        throw new IllegalStateException("no key may be called with");
    }

    /** When the first key that was taken out comes back; now if one is in. */
    long inAt(long now) {
        return Math.max(now, keys.stream().mapToLong(key -> key.outUntil).min().orElse(now));
    }

    /** When the provider lets some key's calls in again; now if it does. */
    long openAt(long now) {
        return Math.max(now, keys.stream().mapToLong(key -> key.gate.closedUntil()).min().orElse(now));
    }

    void refused(int which, long now) {
        Key key = keys.get(which);
        if (now >= key.outUntil) { // else several calls that were under way hear the same
            key.outUntil = now + Math.min(60, 1L << Math.min(key.refusals++, 6)) * MINUTE;
        }
    }

    void accepted(int which) {
        keys.get(which).refusals = 0;
    }

    private static long readyAt(Key key, boolean batch, double part, long tokens, long now) {
        return Math.max(key.outUntil, key.gate.readyAt(batch, part, tokens, now));
    }
}
