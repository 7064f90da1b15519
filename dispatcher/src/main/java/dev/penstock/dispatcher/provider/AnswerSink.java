package dev.penstock.dispatcher.provider;

/** Takes a streamed answer as it comes. Called on the event loop of the call, never after its outcome is known. */
@FunctionalInterface
public interface AnswerSink {
    /**
     * Some more of the answer.
     *
     * @param events whole server-sent events as the client is to see them, all that came at once; the
     *            sink's to keep
     */
    void delta(byte[] events);

    /**
     * The same answer in one piece, of a request whose answer is kept; before its outcome is known.
     *
     * @param body JSON; the sink's to keep
     */
    default void whole(byte[] body) {}

    /** One call more is made for the answer, to a provider that gives one choice a call. */
    default void calledAgain() {}
}
