package dev.penstock.dispatcher.intake;

import java.util.BitSet;

/**
 * Positive numbers in Elias gamma code: as many zeros as the number has binary digits below its first, then the number.
 * Written at the end, read from the beginning. Not thread-safe.
 */
final class RunLengths {
    private final BitSet bits;
    private int cursor;

    RunLengths() {
        this(new BitSet());
    }

    private RunLengths(BitSet bits) {
        this.bits = bits;
    }

    static RunLengths of(byte[] bytes) {
        return new RunLengths(BitSet.valueOf(bytes));
    }

    /** Bits that a number takes. */
    static int bits(long run) {
        return 2 * exponent(run) + 1;
    }

    /** Returns false, and writes nothing, if that would go beyond the limit. */
    boolean write(long run, int limitBits) {
        if (cursor + bits(run) > limitBits) {
            return false;
        }
        cursor += exponent(run);
        for (int digit = exponent(run); digit >= 0; digit--) {
            bits.set(cursor++, (run >>> digit & 1) == 1);
        }
        return true;
    }

    /** Zeros at the end are no number: each has a one in it. */
    boolean hasNext() {
        return bits.nextSetBit(cursor) >= 0;
    }

    long next() {
        int first = bits.nextSetBit(cursor);
        int last = first + (first - cursor);
        long run = 0;
        for (cursor = first; cursor <= last; cursor++) {
            run = run << 1 | (bits.get(cursor) ? 1 : 0);
        }
        return run;
    }

    byte[] toBytes() {
        return bits.toByteArray();
    }

    private static int exponent(long run) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(run);
    }
}
