package dev.penstock.ingress.batch;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of a batch's input, one at a time, and where each begins. Empty ones are passed over. Blocks. */
final class InputLines implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;

    private final InputStream in;
    private final int longest;
    private long offset;

    /**
     * Begins where the stream does.
     *
     * @param offset of the stream's first byte in the file
     * @param longest line in bytes that is taken; of a longer one only so much is given, which is no JSON
     */
    InputLines(InputStream in, long offset, int longest) {
        this.in = new BufferedInputStream(in, BUFFER);
        this.offset = offset;
        this.longest = longest;
    }

    /** Where the next line begins, or an empty one before it. */
    long offset() {
        return offset;
    }

    /** The next line without its end; null if there is none. */
    byte @Nullable [] next() throws IOException {
        var line = new ByteArrayOutputStream(512);
        while (true) {
            int b = in.read();
            if (b >= 0) {
                offset++;
            }
            if (b >= 0 && b != '\n') {
                if (line.size() < longest) {
                    line.write(b);
                }
                continue;
            }
            byte[] bytes = line.toByteArray();
            if (!isBlank(bytes)) {
                return bytes;
            }
            if (b < 0) {
                return null;
            }
            line.reset();
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b > ' ' || b < 0) {
                return false;
            }
        }
        return true;
    }
}
