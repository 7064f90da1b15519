package dev.penstock.dispatcher.provider;

import java.util.Arrays;

/** Bytes that grow and are used again. */
final class Bytes {
    byte[] array = new byte[1024];
    int length;

    void append(byte[] bytes, int from, int to) {
        reserve(to - from);
        System.arraycopy(bytes, from, array, length, to - from);
        length += to - from;
    }

    void append(char ascii) {
        reserve(1);
        array[length++] = (byte) ascii;
    }

    private void reserve(int more) {
        if (length + more > array.length) {
            array = Arrays.copyOf(array, Math.max(2 * array.length, length + more));
        }
    }
}
