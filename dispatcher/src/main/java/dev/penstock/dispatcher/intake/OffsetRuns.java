package dev.penstock.dispatcher.intake;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Runs of answered offsets as the text of a commit's metadata: {@code 1} for the version, then in base64url for each
 * run the gap before it and its length, as unsigned LEB128. The text stays below 4,096 characters, the default of the
 * broker's {@code offset.metadata.max.bytes}.
 */
final class OffsetRuns {
    /** A run takes at most 6 bytes here: gaps and lengths under 2^21, which is far above what a worker holds. */
    static final int MOST_RUNS = 500;

    private static final char VERSION = '1';

    private OffsetRuns() {}

    /** The first {@link #MOST_RUNS} runs; what a text cannot hold is repeated after a restart, never lost. */
    static String encode(long from, SortedMap<Long, Long> runs) {
        var bytes = new ByteArrayOutputStream();
        long end = from;
        int written = 0;
        for (Map.Entry<Long, Long> run : runs.entrySet()) {
            if (written++ == MOST_RUNS) {
                break;
            }
            write(bytes, run.getKey() - end);
            write(bytes, run.getValue() - run.getKey() + 1);
            end = run.getValue() + 1;
        }
        return VERSION + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /** The runs that a text tells; none if it is not one of these. */
    static NavigableMap<Long, Long> decode(long from, String text) {
        var runs = new TreeMap<Long, Long>();
        if (text.isEmpty() || text.charAt(0) != VERSION) {
            return runs;
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text.substring(1));
            var in = new Reader(bytes);
            long end = from;
            while (in.position < bytes.length) {
                long first = end + in.read();
                end = first + in.read();
                runs.put(first, end - 1);
            }
            return runs;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return new TreeMap<>(); // somebody else's metadata: repeat what it cannot tell of
        }
    }

    private static void write(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest > 0x7f) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static final class Reader {
        private final byte[] bytes;
        private int position;

        Reader(byte[] bytes) {
            this.bytes = bytes;
        }

        long read() {
            long value = 0;
            for (int shift = 0; shift < 63; shift += 7) {
                byte b = bytes[position++];
                value |= (b & 0x7fL) << shift;
                if (b >= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException("longer than any offset");
        }
    }
}
