package dev.penstock.metering;

import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/**
 * What is expected of each id, in 16 bytes: ten million of them take some 300 MB. Ids and what is expected are known by
 * 64-bit hashes, so among ten million one in 300,000 runs would mistake two for each other. Confined to one thread.
 */
final class Fingerprints {
    /** No such id. */
    static final long NONE = 0;

    private long[] ids = new long[1 << 10];
    private long[] values = new long[1 << 10];
    private int size;

    /** FNV-1a over the characters, then mixed, so that it spreads over tables of a power of two. Never {@link #NONE}. */
    static long of(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        hash ^= hash >>> 32;
        return hash == NONE ? 1 : hash;
    }

    /** The value of an id, or {@link #NONE}. */
    long get(long id) {
        int slot = slot(ids, id);
        return ids[slot] == id ? values[slot] : NONE;
    }

    /** Neither may be {@link #NONE}. */
    void put(long id, long value) {
        if (size > ids.length / 4 * 3) {
            grow();
        }
        int slot = slot(ids, id);
        size += ids[slot] == NONE ? 1 : 0;
        ids[slot] = id;
        values[slot] = value;
    }

    /** Hands over each id whose value is of interest. */
    void where(LongPredicate interest, LongConsumer taker) {
        for (int slot = 0; slot < ids.length; slot++) {
            if (ids[slot] != NONE && interest.test(values[slot])) {
                taker.accept(ids[slot]);
            }
        }
    }

    int size() {
        return size;
    }

    private void grow() {
        var moreIds = new long[ids.length * 2];
        var moreValues = new long[ids.length * 2];
        for (int slot = 0; slot < ids.length; slot++) {
            if (ids[slot] != NONE) {
                int target = slot(moreIds, ids[slot]);
                moreIds[target] = ids[slot];
                moreValues[target] = values[slot];
            }
        }
        ids = moreIds;
        values = moreValues;
    }

    private static int slot(long[] ids, long id) {
        int slot = (int) id & ids.length - 1;
        while (ids[slot] != NONE && ids[slot] != id) {
            slot = slot + 1 & ids.length - 1;
        }
        return slot;
    }
}
