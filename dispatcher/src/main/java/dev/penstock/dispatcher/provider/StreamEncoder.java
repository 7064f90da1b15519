package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.RequestEnvelope;

/**
 * Encodes a streamed answer. Nothing is written before there is content, so that a failure up to then can still be told
 * with its HTTP status.
 */
interface StreamEncoder extends AnswerEncoder {
    /** The events written since the last call; empty if there are none. */
    byte[] take();

    /** Writes what the API has to say of an answer that breaks off here, beside the error that the ingress sends. */
    default void failed(ApiError error) {}

    /** An encoder of a streamed answer, which if it is kept gives the sink the whole too; {@code tally} counts it. */
    static StreamEncoder of(RequestEnvelope envelope, Tally tally, AnswerSink sink) {
        StreamEncoder stream = of(envelope, tally);
        return envelope.getStore() ? new KeptEncoder(stream, AnswerEncoder.whole(envelope), sink) : stream;
    }

    /** An encoder of a streamed answer; {@code tally} counts it. */
    static StreamEncoder of(RequestEnvelope envelope, Tally tally) {
        return switch (envelope.getFormat()) {
            case CHAT_COMPLETIONS, COMPLETIONS -> new ChunkEncoder(envelope);
            case MESSAGES -> new MessageStreamEncoder(envelope, tally);
            case RESPONSES -> new ResponseStreamEncoder(envelope, tally);
            case EMBEDDINGS, MODERATIONS -> throw new IllegalArgumentException("never streamed");
        };
    }
}
