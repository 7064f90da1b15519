package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The choices of chat completions, such that the clients of OpenAI, LangChain4j and Spring AI take them: in a stream the
 * role comes in the first chunk of a choice only, id and name of a tool call in its first fragment only.
 */
final class ChatForm implements ChoiceForm {
    @Override
    public String object() {
        return "chat.completion";
    }

    @Override
    public String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    public boolean isEmpty(Delta delta) {
        return delta.isEmpty();
    }

    @Override
    public void write(JsonGenerator json, Delta delta, boolean first) throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", delta.choice());
        json.writeObjectFieldStart("delta");
        if (first) {
            json.writeStringField("role", "assistant");
        }
        if (delta.content() != null && !delta.content().isEmpty()) {
            json.writeStringField("content", delta.content());
        } else if (first) {
            json.writeNullField("content");
        }
        if (delta.reasoning() != null && !delta.reasoning().isEmpty()) {
            json.writeStringField("reasoning_content", delta.reasoning());
        }
        if (delta.refusal() != null && !delta.refusal().isEmpty()) {
            json.writeStringField("refusal", delta.refusal());
        }
        if (!delta.toolCalls().isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (ToolCall call : delta.toolCalls()) {
                json.writeStartObject();
                json.writeNumberField("index", call.index());
                writeCall(json, call.id(), call.name(), call.arguments());
            }
            json.writeEndArray();
        }
        writePassed(json, delta.passed());
        json.writeEndObject();
        writeEnd(json, delta.logprobs(), delta.finish());
        json.writeEndObject();
    }

    @Override
    public void write(JsonGenerator json, int index, ToldChoice choice) throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", index);
        json.writeObjectFieldStart("message");
        json.writeStringField("role", "assistant");
        json.writeStringField("content", choice.content());
        json.writeStringField("refusal", choice.refusal());
        AnswerJson.writeUnlessNull(json, "reasoning_content", choice.reasoning());
        if (!choice.calls().isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (ToldChoice.Call call : choice.calls()) {
                json.writeStartObject();
                writeCall(json, call.id(), call.name(), call.arguments());
            }
            json.writeEndArray();
        }
        writePassed(json, choice.passed());
        json.writeEndObject();
        writeEnd(json, choice.logprobs(), choice.finish());
        json.writeEndObject();
    }

    /** All but the first fields of a call. */
    private static void writeCall(JsonGenerator json, @Nullable String id, @Nullable String name, String arguments)
            throws IOException {
        if (id != null) {
            json.writeStringField("id", id);
            json.writeStringField("type", "function");
        }
        json.writeObjectFieldStart("function");
        AnswerJson.writeUnlessNull(json, "name", name);
        json.writeStringField("arguments", arguments);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writePassed(JsonGenerator json, List<Raw> passed) throws IOException {
        for (Raw field : passed) {
            json.writeFieldName(field.name());
            json.writeRawValue(field.json());
        }
    }

    private static void writeEnd(JsonGenerator json, @Nullable String logprobs, @Nullable FinishReason finish)
            throws IOException {
        json.writeFieldName("logprobs");
        json.writeRawValue(logprobs == null ? "null" : logprobs);
        json.writeStringField("finish_reason", finish == null ? null : finish.wire());
    }
}
