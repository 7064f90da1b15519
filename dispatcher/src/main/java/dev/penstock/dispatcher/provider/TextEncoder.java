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

/** Folds an answer into one legacy completion. Confined to one thread. */
final class TextEncoder implements AnswerEncoder {
    private final RequestEnvelope envelope;
    private final SortedMap<Integer, Choice> choices = new TreeMap<>();
    private Origin origin = new Origin(0, null, null, null);

    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private FinishReason finish = FinishReason.STOP;
    }

    TextEncoder(RequestEnvelope envelope) {
        this.envelope = envelope;
    }

    @Override
    public void origin(Origin origin) {
        this.origin = origin;
    }

    @Override
    public void delta(Delta delta) {
        Choice choice = choices.computeIfAbsent(delta.choice(), _ -> new Choice());
        choice.text.append(delta.content() == null ? "" : delta.content());
        choice.finish = delta.finish() == null ? choice.finish : delta.finish();
    }

    @Override
    public boolean hasBegun() {
        return !choices.isEmpty();
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = AnswerJson.generator(bytes)) {
            json.writeRaw(AnswerJson.head("", "text_completion", envelope, origin));
            String separator = "";
            for (var choice : choices.entrySet()) {
                json.writeRaw(separator);
                writeChoice(json, choice.getKey(), choice.getValue().text.toString(), choice.getValue().finish);
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

    /** There are but three reasons to end here. */
    static void writeChoice(JsonGenerator json, int index, String text, @Nullable FinishReason finish)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("text", text);
        json.writeNumberField("index", index);
        json.writeNullField("logprobs");
        json.writeStringField("finish_reason", switch (finish) {
            case null -> null;
            case STOP, TOOL_CALLS, FUNCTION_CALL -> FinishReason.STOP.wire();
            case LENGTH, CONTENT_FILTER -> finish.wire();
        });
        json.writeEndObject();
    }
}
