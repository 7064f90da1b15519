package dev.penstock.metering.webhook;

import java.util.TreeSet;

/** How far a partition is: everything below {@link #offset} is delivered, given up or not wanted. */
final class Progress {
    private static final long NOTHING = -1;

    private final TreeSet<Long> open = new TreeSet<>();
    private long next = NOTHING;
    private long committed = NOTHING;

    void took(long offset, boolean wanted) {
        next = offset + 1;
        if (wanted) {
            open.add(offset);
        }
    }

    void done(long offset) {
        open.remove(offset);
    }

    /** Where another would have to go on. */
    long offset() {
        return open.isEmpty() ? next : open.getFirst();
    }

    boolean isNews() {
        return offset() != committed;
    }

    void committed() {
        committed = offset();
    }
}
