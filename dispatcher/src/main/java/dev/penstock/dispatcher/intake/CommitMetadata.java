package dev.penstock.dispatcher.intake;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.zip.CRC32C;

/**
 * What a commit's metadata says: which offsets from the committed one up to {@code end} were not yet answered.
 *
 * <p>Written as the letter {@value #VERSION} and, in base64url, a CRC-32C and the lengths of alternating runs, of
 * unanswered offsets first, as {@link RunLengths}: a run of 1 takes one bit, of a hundred thousand 33. Varints, the
 * usual choice, take eight bits for a run of 1, and a thousand scattered calls would fill what here holds ten thousand.
 * The checksum covers the committed offset too: MirrorMaker copies metadata to translated offsets, and there it would
 * pass unanswered records for answered.
 *
 * @param unanswered ascending
 */
record CommitMetadata(List<Long> unanswered, long end) {
    /** Kafka's default {@code offset.metadata.max.bytes} is 4096. */
    static final int LIMIT_CHARS = 4000;
    private static final char VERSION = 'a';
    private static final int CHECKSUM_BYTES = Integer.BYTES;
    /** For the runs: what base64, four characters for three bytes, leaves beside version and checksum. */
    static final int LIMIT_BITS = Byte.SIZE * ((LIMIT_CHARS - 1) / 4 * 3 - CHECKSUM_BYTES);

    /**
     * Never longer than {@link #LIMIT_CHARS}: beyond, the highest runs are left out, and what was answered there is
     * repeated after a restart.
     *
     * @param unanswered not empty; its first is the offset that is committed
     */
    static String encode(SortedSet<Long> unanswered, long end) {
        byte[] runs = runs(unanswered, end).toBytes();
        var bytes = ByteBuffer.allocate(CHECKSUM_BYTES + runs.length);
        bytes.putInt(checksum(unanswered.first(), runs)).put(runs);
        return VERSION + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Empty unless {@link #encode} wrote this for a commit of this offset. */
    static Optional<CommitMetadata> decode(long committed, String metadata) {
        if (metadata.isEmpty() || metadata.charAt(0) != VERSION) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(metadata.substring(1));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        if (bytes.length <= CHECKSUM_BYTES) {
            return Optional.empty();
        }
        var buffer = ByteBuffer.wrap(bytes);
        int checksum = buffer.getInt();
        byte[] runs = new byte[buffer.remaining()];
        buffer.get(runs);
        return checksum == checksum(committed, runs)
                ? Optional.of(read(committed, RunLengths.of(runs)))
                : Optional.empty();
    }

    private static RunLengths runs(SortedSet<Long> unanswered, long end) {
        var runs = new RunLengths();
        long from = unanswered.first();
        long to = from;
        for (long offset : unanswered) {
            if (offset > to) {
                if (!runs.write(to - from, LIMIT_BITS) || !runs.write(offset - to, LIMIT_BITS)) {
                    return runs;
                }
                from = offset;
            }
            to = offset + 1;
        }
        if (runs.write(to - from, LIMIT_BITS) && end > to) {
            runs.write(end - to, LIMIT_BITS);
        }
        return runs;
    }

    private static CommitMetadata read(long committed, RunLengths runs) {
        var unanswered = new ArrayList<Long>();
        long offset = committed;
        for (boolean answered = false; runs.hasNext(); answered = !answered) {
            long end = offset + runs.next();
            while (!answered && offset < end) {
                unanswered.add(offset++);
            }
            offset = end;
        }
        return new CommitMetadata(unanswered, offset);
    }

    private static int checksum(long committed, byte[] runs) {
        var crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, committed));
        crc.update(runs);
        return (int) crc.getValue();
    }
}
