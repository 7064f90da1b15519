package dev.penstock.schemas.bus;

/** An ingress's answer to an {@link Inquiry}. */
public record Standing(String requestId, State state) implements BusMessage {
    /** What has become of the caller. */
    public enum State {
        /** It waits and has seen nothing of an answer: an attempt is welcome. */
        WAITING,
        /** It has seen part of an answer, which another attempt would repeat. */
        ANSWERING,
        /** It has been answered or has gone away. */
        GONE
    }
}
