package dev.penstock.schemas.bus;

/** An ingress's answer to an {@link Inquiry}. */
public record Standing(String requestId, State state) implements BusMessage {
    /** What has become of the caller. */
    public enum State {
        /** It waits and has seen as much of an answer as the question says: an attempt is welcome. */
        WAITING,
        /** It is being answered, as far as is known. */
        ANSWERING,
        /** It has been answered or has gone away. */
        GONE
    }
}
