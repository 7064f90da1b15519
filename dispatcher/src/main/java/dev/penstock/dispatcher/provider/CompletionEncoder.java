package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Folds the events of an answer, streamed or not, into one completion, of chat or of text. Confined to one thread. */
final class CompletionEncoder implements AnswerEncoder {
    private final RequestEnvelope envelope;
    private final ChoiceForm form;
    private final SortedMap<Integer, ToldChoice> choices = new TreeMap<>();
    private Origin origin = new Origin(0, null, null, null);

    CompletionEncoder(RequestEnvelope envelope) {
        this.envelope = envelope;
        this.form = ChoiceForm.of(envelope);
    }

    @Override
    public void origin(Origin origin) {
        this.origin = origin;
    }

    @Override
    public void delta(Delta delta) {
        choices.computeIfAbsent(delta.choice(), _ -> new ToldChoice()).add(delta);
    }

    @Override
    public boolean hasBegun() {
        return !choices.isEmpty();
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = AnswerJson.generator(bytes)) {
            json.writeRaw(AnswerJson.head("", form.object(), envelope, origin));
            String separator = "";
            for (var choice : choices.entrySet()) {
                json.writeRaw(separator);
                form.write(json, choice.getKey(), choice.getValue());
                separator = ",";
            }
            json.writeRaw("],\"usage\":");
            OpenAiUsage.write(json, used, cost);
            json.writeRaw("}");
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return bytes.toByteArray();
    }
}
