package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import org.jspecify.annotations.Nullable;

/**
 * Turns the events of an answer into the bytes that the client will see, in the API that it speaks. Knows nothing of
 * dialects, as these know nothing of it. Confined to one thread.
 */
interface AnswerEncoder {
    /** Who answers, from now on. */
    void origin(Origin origin);

    /** Some more of the answer. */
    void delta(Delta delta);

    /** Whether there is anything of an answer. */
    boolean hasBegun();

    /**
     * What has not been taken yet, with the end of the answer; of an answer that is not streamed, all of it.
     *
     * @param cost in nano-US-dollars; null if it is unknown
     */
    byte[] finish(Used used, @Nullable Long cost);

    /** An encoder of an answer in one piece. */
    static AnswerEncoder whole(RequestEnvelope envelope) {
        return switch (envelope.getFormat()) {
            case CHAT_COMPLETIONS, COMPLETIONS -> new CompletionEncoder(envelope);
            case MESSAGES -> new MessageEncoder(envelope);
            case RESPONSES -> new ResponseEncoder(envelope);
            case EMBEDDINGS, MODERATIONS -> throw new IllegalArgumentException("passed on, not encoded");
        };
    }
}
