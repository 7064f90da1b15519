package dev.penstock.deploy;

import java.util.concurrent.CountDownLatch;

/** Keeps a command running until the process is told to end, and then stops what it started. */
final class UntilStopped {
    private UntilStopped() {}

    /** Returns never: SIGINT and SIGTERM run {@code stop}, and the process ends when that is done. */
    static int run(Runnable stop) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(stop, "penstock-stop"));
        new CountDownLatch(1).await();
        return 0;
    }
}
