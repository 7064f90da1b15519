package dev.penstock.schemas.bus;

/** What an ingress tells the worker that answers one of its requests. */
public sealed interface Signal extends BusMessage {
    /** The request that is answered. */
    String requestId();

    /**
     * The client has taken in some of the answer, so as many bytes more may be sent.
     *
     * @param bytes of {@link Frame.Delta#data()}
     */
    record Credit(String requestId, int bytes) implements Signal {}

    /** Nobody listens any more: the provider's call is to be cut off. */
    record Cancel(String requestId) implements Signal {}

    /** Bytes that a worker may send before the first {@link Credit}. */
    int INITIAL_CREDIT = 64 * 1024;
}
