package dev.penstock.dispatcher.provider;

import java.util.function.Consumer;

/**
 * Turns the bytes of one streamed answer, however they are cut, into events. Push rather than pull, because the bytes
 * come when they come; bytes rather than text, because a dialect may be binary. Confined to one thread.
 */
interface AnswerDecoder {
    /** Takes the next bytes. */
    void decode(byte[] bytes, Consumer<AnswerEvent> events);

    /** The provider has closed the stream: gives what is still held. */
    void end(Consumer<AnswerEvent> events);
}
