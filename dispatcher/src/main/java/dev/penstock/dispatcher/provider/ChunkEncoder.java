package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as the server-sent events of a streamed completion, of chat or of text, such that clients take them: a
 * finish reason once in a choice; {@code usage} where it was asked for and nowhere else; no {@code error} field, not even
 * a null one. Deltas that say nothing are left out, so nothing is written before there is content and a failure up to
 * then can still be told with its HTTP status. Confined to one thread.
 */
final class ChunkEncoder implements StreamEncoder {
    private static final SerializedString END = new SerializedString("]}\n\n");
    private static final SerializedString END_WITHOUT_USAGE = new SerializedString("],\"usage\":null}\n\n");
    private static final SerializedString BEFORE_USAGE = new SerializedString("],\"usage\":");
    private static final SerializedString AFTER_USAGE = new SerializedString("}\n\n");
    private static final SerializedString DONE = new SerializedString("data: [DONE]\n\n");

    private final RequestEnvelope envelope;
    private final ChoiceForm form;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private final JsonGenerator json = AnswerJson.generator(bytes);
    private final BitSet begun = new BitSet();
    private SerializedString head;

    ChunkEncoder(RequestEnvelope envelope) {
        this.envelope = envelope;
        this.form = ChoiceForm.of(envelope);
        this.head = head(new Origin(0, null, null, null));
    }

    @Override
    public void origin(Origin origin) {
        head = head(origin);
    }

    private SerializedString head(Origin origin) {
        return AnswerJson.head("data: ", form.chunkObject(), envelope, origin);
    }

    @Override
    public void delta(Delta delta) {
        if (form.isEmpty(delta)) {
            return;
        }
        boolean first = !begun.get(delta.choice());
        begun.set(delta.choice());
        try {
            json.writeRaw(head);
            form.write(json, delta, first);
            json.writeRaw(envelope.getIncludeUsage() ? END_WITHOUT_USAGE : END);
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
    }

    @Override
    public boolean hasBegun() {
        return !begun.isEmpty();
    }

    @Override
    public byte[] take() {
        try {
            json.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        byte[] taken = bytes.toByteArray();
        bytes.reset();
        return taken;
    }

    /** The last events: the usage, if the caller wants it, and the mark of the end. */
    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        try {
            if (envelope.getIncludeUsage()) {
                json.writeRaw(head);
                json.writeRaw(BEFORE_USAGE);
                OpenAiUsage.write(json, used, cost);
                json.writeRaw(AFTER_USAGE);
            }
            json.writeRaw(DONE);
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return take();
    }
}
