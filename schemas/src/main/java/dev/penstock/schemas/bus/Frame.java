package dev.penstock.schemas.bus;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A piece of an answer on its way from a dispatcher to the address of the ingress that waits for it. The frames of an
 * attempt arrive in the order they were sent or not at all: their numbers begin with 0 and leave no gap.
 */
public sealed interface Frame extends BusMessage {
    /** The request that is answered. */
    String requestId();

    /** Number of the attempt that speaks, from 1. */
    int attempt();

    /** Number of the frame within the attempt, from 0. */
    int sequence();

    /**
     * Frame 0: a worker has begun the attempt.
     *
     * @param worker bus address to which {@link Signal}s for this attempt go
     * @param candidate which of the route is called, from 0
     * @param dropped fields of the caller's request that its provider does not get, or not as they were given
     * @param seen how many {@link Delta}s of attempts before this one it goes on after; 0: it begins anew
     */
    record Begun(String requestId, int attempt, String worker, int candidate, List<String> dropped,
            int seen) implements Frame {
        public Begun {
            dropped = List.copyOf(dropped);
        }

        @Override
        public int sequence() {
            return 0;
        }
    }

    /**
     * Some of a streamed answer.
     *
     * @param data whole server-sent events, as the client is to see them
     */
    record Delta(String requestId, int attempt, int sequence, byte[] data) implements Frame {}

    /**
     * The end of an answer: what it used is on the log.
     *
     * @param data the last events of a stream, or the whole body where none was asked for
     * @param cost of the attempt, in nano-US-dollars; null if it is unknown
     */
    record Done(String requestId, int attempt, int sequence, byte[] data, @Nullable Long cost) implements Frame {}

    /**
     * The attempt failed and nothing more comes.
     *
     * @param error the answer, if no byte of one has been sent; else the last event of the stream
     */
    record Failed(String requestId, int attempt, int sequence, ApiError error) implements Frame {}
}
