package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.BatchApi;
import dev.penstock.dispatcher.provider.BatchApi.Result;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said to a provider of one handover: one thing at a time, each on a thread of its own, which waits where results
 * come faster than they are taken. All methods but {@link #put} and {@link #isOpen} are the runner's thread's.
 */
final class Conversation {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final int UNTAKEN = 500;
    private static final long LOOK_UP_MS = 100;

    private final String provider;
    private final BatchApi api;
    private final Executor thread;
    private final BlockingQueue<Result> results = new ArrayBlockingQueue<>(UNTAKEN);
    private boolean talking;
    private volatile boolean closed;

    /** What is said, on the thread of its own; what it returns is done on the runner's. */
    interface Talk {
        Runnable talk(BatchApi api) throws IOException;
    }

    /**
     * @param provider its name
     * @param thread the runner's
     */
    Conversation(String provider, BatchApi api, Executor thread) {
        this.provider = provider;
        this.api = api;
        this.thread = thread;
    }

    /** Whether what was said last is not answered yet. */
    boolean isTalking() {
        return talking;
    }

    /** @param failed done instead, where the provider cannot be talked to */
    void say(Talk talk, Runnable failed) {
        talking = true;
        Thread.ofVirtual().name("penstock-handover").start(() -> {
            Runnable then;
            try {
                then = talk.talk(api);
            } catch (IOException | RuntimeException e) {
                LOG.warn("the batch API of {} cannot be talked to, trying again: {}", provider,
                        e.getClass().getSimpleName());
                then = failed;
            }
            answer(then);
        });
    }

    private void answer(Runnable then) {
        try {
            thread.execute(() -> {
                talking = false;
                then.run();
            });
        } catch (RejectedExecutionException _) {
            // the runner stops
        }
    }

    /** Leaves a result to be taken; waits where there is no room. */
    void put(Result result) {
        try {
            boolean left = false;
            while (!closed && !left) {
                left = results.offer(result, LOOK_UP_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next result; null if there is none by now. */
    @Nullable
    Result take() {
        return results.poll();
    }

    boolean hasResults() {
        return !results.isEmpty();
    }

    /** Whether what comes of it is still wanted. */
    boolean isOpen() {
        return !closed;
    }

    void close() {
        closed = true;
    }
}
