package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.IOException;

/** What tells a chat completion from a legacy one: the form of its choices. Without state. */
interface ChoiceForm {
    /** That of the answer to a request for either. */
    static ChoiceForm of(RequestEnvelope envelope) {
        return switch (envelope.getFormat()) {
            case CHAT_COMPLETIONS -> new ChatForm();
            case COMPLETIONS -> new TextForm();
            case MESSAGES, RESPONSES, EMBEDDINGS, MODERATIONS ->
                throw new IllegalArgumentException("an answer without choices");
        };
    }

    /** The name of the object that the answer is. */
    String object();

    /** The name of the object that a piece of it is. */
    String chunkObject();

    /** Whether there is nothing in a delta that a client would miss. */
    boolean isEmpty(Delta delta);

    /**
     * Writes some more of a choice.
     *
     * @param first whether nothing of it has been written yet
     */
    void write(JsonGenerator json, Delta delta, boolean first) throws IOException;

    /** Writes all of a choice. */
    void write(JsonGenerator json, int index, ToldChoice choice) throws IOException;
}
