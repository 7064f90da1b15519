package dev.penstock.dispatcher.provider;

import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Writes an answer as the server-sent events of a streamed legacy completion. Confined to one thread. */
final class TextChunkEncoder implements StreamEncoder {
    private final RequestEnvelope envelope;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private final JsonGenerator json = AnswerJson.generator(bytes);
    private SerializedString head;
    private boolean begun;

    TextChunkEncoder(RequestEnvelope envelope) {
        this.envelope = envelope;
        this.head = head(new Origin(0, null, null, null));
    }

    private SerializedString head(Origin origin) {
        return AnswerJson.head("data: ", "text_completion", envelope, origin);
    }

    @Override
    public void origin(Origin origin) {
        head = head(origin);
    }

    /** Legacy completions have text and an end, and a place for nothing else. */
    @Override
    public void delta(Delta delta) {
        String text = delta.content() == null ? "" : delta.content();
        if (text.isEmpty() && delta.finish() == null) {
            return;
        }
        begun = true;
        try {
            json.writeRaw(head);
            TextEncoder.writeChoice(json, delta.choice(), text, delta.finish());
            json.writeRaw(envelope.getIncludeUsage() ? "],\"usage\":null}\n\n" : "]}\n\n");
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
    }

    @Override
    public boolean hasBegun() {
        return begun;
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

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        try {
            if (envelope.getIncludeUsage()) {
                json.writeRaw(head);
                json.writeRaw("],\"usage\":");
                OpenAiUsage.write(json, used, cost);
                json.writeRaw("}\n\n");
            }
            json.writeRaw("data: [DONE]\n\n");
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return take();
    }
}
