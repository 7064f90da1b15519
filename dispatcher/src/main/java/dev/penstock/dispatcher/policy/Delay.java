package dev.penstock.dispatcher.policy;

import java.time.Duration;

/** The delays of the retry topics. */
public enum Delay {
    SHORT(1), MIDDLE(10), LONG(60);

    private static final int SHORT_ONES = 3;
    private static final int MIDDLE_ONES = 8;

    private final Duration duration;

    Delay(int seconds) {
        this.duration = Duration.ofSeconds(seconds);
    }

    public Duration duration() {
        return duration;
    }

    /** The delay after so many attempts: three short ones, then five of the middle, then long ones. */
    static Delay after(int attempts) {
        return attempts <= SHORT_ONES ? SHORT : attempts <= MIDDLE_ONES ? MIDDLE : LONG;
    }
}
