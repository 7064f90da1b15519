package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import dev.penstock.schemas.event.RequestEnvelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Folds the events of an answer, streamed or not, into one chat completion. Confined to one thread. */
final class CompletionEncoder implements AnswerEncoder {
    private final RequestEnvelope envelope;
    private final SortedMap<Integer, Choice> choices = new TreeMap<>();
    private Origin origin = new Origin(0, null, null, null);

    private static final class Choice {
        private @Nullable StringBuilder content;
        private @Nullable StringBuilder reasoning;
        private @Nullable StringBuilder refusal;
        private final List<Call> calls = new ArrayList<>();
        private final Map<String, String> passed = new LinkedHashMap<>();
        private @Nullable String logprobs;
        private @Nullable FinishReason finish;
    }

    private static final class Call {
        private String id = "";
        private String name = "";
        private final StringBuilder arguments = new StringBuilder();
    }

    CompletionEncoder(RequestEnvelope envelope) {
        this.envelope = envelope;
    }

    @Override
    public void origin(Origin origin) {
        this.origin = origin;
    }

    @Override
    public void delta(Delta delta) {
        Choice choice = choices.computeIfAbsent(delta.choice(), _ -> new Choice());
        choice.content = append(choice.content, delta.content());
        choice.reasoning = append(choice.reasoning, delta.reasoning());
        choice.refusal = append(choice.refusal, delta.refusal());
        for (ToolCall fragment : delta.toolCalls()) {
            if (fragment.index() == choice.calls.size()) {
                choice.calls.add(new Call());
            }
            Call call = choice.calls.get(fragment.index());
            call.id = fragment.id() == null ? call.id : fragment.id();
            call.name = fragment.name() == null ? call.name : fragment.name();
            call.arguments.append(fragment.arguments());
        }
        delta.passed().forEach(field -> choice.passed.merge(field.name(), field.json(), CompletionEncoder::join));
        choice.logprobs = delta.logprobs() == null ? choice.logprobs : delta.logprobs();
        choice.finish = delta.finish() == null ? choice.finish : delta.finish();
    }

    /** Lists go on; of anything else the last counts. */
    private static String join(String json, String more) {
        if (!json.startsWith("[") || !more.startsWith("[")) {
            return more;
        }
        String head = json.substring(0, json.lastIndexOf(']'));
        String tail = more.substring(1);
        boolean apart = !head.substring(1).isBlank() && !tail.substring(0, tail.lastIndexOf(']')).isBlank();
        return head + (apart ? "," : "") + tail;
    }

    private static @Nullable StringBuilder append(@Nullable StringBuilder text, @Nullable String more) {
        return more == null ? text : (text == null ? new StringBuilder() : text).append(more);
    }

    @Override
    public boolean hasBegun() {
        return !choices.isEmpty();
    }

    @Override
    public byte[] finish(Used used, @Nullable Long cost) {
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator json = AnswerJson.generator(bytes)) {
            json.writeRaw(AnswerJson.head("", "chat.completion", envelope, origin));
            String separator = "";
            for (var choice : choices.entrySet()) {
                json.writeRaw(separator);
                write(json, choice.getKey(), choice.getValue());
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

    private static void write(JsonGenerator json, int index, Choice choice) throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", index);
        json.writeObjectFieldStart("message");
        json.writeStringField("role", "assistant");
        json.writeStringField("content", text(choice.content));
        json.writeStringField("refusal", text(choice.refusal));
        AnswerJson.writeUnlessNull(json, "reasoning_content", text(choice.reasoning));
        if (!choice.calls.isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (Call call : choice.calls) {
                json.writeStartObject();
                json.writeStringField("id", call.id);
                json.writeStringField("type", "function");
                json.writeObjectFieldStart("function");
                json.writeStringField("name", call.name);
                json.writeStringField("arguments", call.arguments.toString());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        AnswerJson.writePassed(json,
                choice.passed.entrySet().stream().map(field -> new Raw(field.getKey(), field.getValue())).toList());
        json.writeEndObject();
        AnswerJson.writeEnd(json, choice.logprobs, choice.finish);
        json.writeEndObject();
    }

    private static @Nullable String text(@Nullable StringBuilder text) {
        return text == null ? null : text.toString();
    }
}
