package dev.penstock.dispatcher.provider;

/**
 * Splits bytes into lines, wherever the network cut them: each ends with LF, CR or CRLF. Works on bytes throughout, so
 * that a character cut in two is never seen. A byte order mark before the first line is dropped. Confined to one
 * thread.
 */
final class LineSplitter {
    private final Handler handler;
    private final int maxBytes;
    private final Bytes line = new Bytes();
    private boolean firstLine = true;
    private boolean afterCr;

    /** Takes the lines. */
    interface Handler {
        /**
         * A line without its end.
         *
         * @param bytes valid only during the call
         */
        void line(byte[] bytes, int from, int to);
    }

    LineSplitter(Handler handler, int maxBytes) {
        this.handler = handler;
        this.maxBytes = maxBytes;
    }

    /** Takes the next bytes; false if a line is longer than may be held, after which the splitter is of no use. */
    boolean feed(byte[] bytes) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b > '\r') {
                continue;
            }
            if (b == '\n' && afterCr && i == start) {
                afterCr = false;
                start = i + 1;
            } else if (b == '\n' || b == '\r') {
                if (!fits(i - start)) {
                    return false;
                }
                endLine(bytes, start, i);
                start = i + 1;
                afterCr = b == '\r';
            }
        }
        if (!fits(bytes.length - start)) {
            return false;
        }
        if (start < bytes.length) {
            afterCr = false;
            line.append(bytes, start, bytes.length);
        }
        return true;
    }

    /** No more comes: what is held is the last line, if it is not empty. */
    void end() {
        if (line.length > 0) {
            endLine(line.array, 0, 0);
        }
    }

    private boolean fits(int more) {
        return (long) line.length + more <= maxBytes;
    }

    /** Ends the line made of what is held and of this range. */
    private void endLine(byte[] bytes, int from, int to) {
        if (line.length == 0) {
            line(bytes, from, to);
        } else {
            line.append(bytes, from, to);
            line(line.array, 0, line.length);
            line.length = 0;
        }
    }

    private void line(byte[] bytes, int start, int to) {
        int from = start;
        if (firstLine) {
            firstLine = false;
            if (to - from >= 3 && bytes[from] == (byte) 0xEF && bytes[from + 1] == (byte) 0xBB
                    && bytes[from + 2] == (byte) 0xBF) {
                from += 3;
            }
        }
        handler.line(bytes, from, to);
    }
}
