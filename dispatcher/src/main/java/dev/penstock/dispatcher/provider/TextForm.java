package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Legacy completions have text and an end, and a place for nothing else. */
final class TextForm implements ChoiceForm {
    @Override
    public String object() {
        return "text_completion";
    }

    @Override
    public String chunkObject() {
        return "text_completion";
    }

    @Override
    public boolean isEmpty(Delta delta) {
        return delta.finish() == null && (delta.content() == null || delta.content().isEmpty());
    }

    @Override
    public void write(JsonGenerator json, Delta delta, boolean first) throws IOException {
        write(json, delta.choice(), delta.content(), delta.finish());
    }

    @Override
    public void write(JsonGenerator json, int index, ToldChoice choice) throws IOException {
        write(json, index, choice.content(), choice.finish() == null ? FinishReason.STOP : choice.finish());
    }

    /** There are but three reasons to end here. */
    private static void write(JsonGenerator json, int index, @Nullable String text, @Nullable FinishReason finish)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("text", text == null ? "" : text);
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
