package dev.penstock.dispatcher.provider;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A provider's own batch API: requests are handed over together, and some time within a day each is answered, or is not.
 * Every method blocks and is called from threads that may. An {@link IOException} says that the provider could not be
 * talked to, or did not understand; what was asked of it may have been done or not. Safe for several threads.
 */
public interface BatchApi {
    /**
     * A request.
     *
     * @param customId by which its answer is known; {@code [a-zA-Z0-9_-]{1,64}}
     * @param path to which it would be posted as a call of its own
     * @param body JSON on one line
     */
    @SuppressWarnings("ArrayRecordComponent") // lines are sent, never compared
    record Line(String customId, String path, byte[] body) {}

    /** What came of a request. */
    sealed interface Result {
        String customId();

        /** An answer, good or not: what a call of its own would have been answered with. */
        @SuppressWarnings("ArrayRecordComponent") // results are passed on, never compared
        record Answered(String customId, int status, byte[] body) implements Result {}

        /** It was not begun, and is not paid for: the time was over, or the batch was cancelled. */
        record NotExecuted(String customId) implements Result {}
    }

    /** Whether a batch is there that was to be handed over. */
    sealed interface Found {
        /** By this name of the provider's. */
        record There(String id) implements Found {}

        /** It cannot be told yet. */
        record Unclear() implements Found {}

        record NotThere() implements Found {}
    }

    /** How many bytes of lines a batch may have. */
    long mostBytes();

    /**
     * Hands requests over, all for the same path and model.
     *
     * @param name by which the batch is found again; part of each custom id
     * @param wanted asked once more before anything is begun that costs
     * @return the provider's name for it; null if it refuses these requests
     */
    @Nullable
    String submit(String name, List<Line> lines, BooleanSupplier wanted) throws IOException;

    /**
     * Looks for a batch whose submission may have come through.
     *
     * @param since it cannot be older
     * @param lines so many it has
     */
    Found find(String name, Instant since, int lines) throws IOException;

    /** Whether nothing more will come of any of its requests. */
    boolean hasEnded(String id) throws IOException;

    /**
     * Gets what came of the requests of a batch that has ended, in any order. Of those it says nothing about nothing came.
     *
     * @param customIds as they were submitted
     */
    void collect(String id, List<String> customIds, Consumer<Result> results) throws IOException;

    /** Asks for an early end, which then comes as any other; no more than a wish. */
    void cancel(String id) throws IOException;
}
