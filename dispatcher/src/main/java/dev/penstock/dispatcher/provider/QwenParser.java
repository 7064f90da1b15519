package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Used;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answers of DashScope, which are a whole answer and each event of a streamed one alike: OpenAI's choices
 * within {@code output}, and a usage of its own. Confined to one thread.
 *
 * @see <a href="https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-dashscope">Qwen by DashScope</a>
 */
final class QwenParser {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ChoiceParser choices;
    private final List<Delta> deltas = new ArrayList<>();
    private final BitSet called = new BitSet();

    QwenParser(String toolCallIdPrefix) {
        choices = new ChoiceParser(toolCallIdPrefix);
    }

    /**
     * Reads one JSON text; garbage gives {@link AnswerEvent.Failed}.
     *
     * @param status what the stream says beside it; 200 if it says nothing
     */
    void parse(byte[] text, int length, int status, Consumer<AnswerEvent> events) {
        try (JsonParser json = JSON.getFactory().createParser(text, 0, length)) {
            if (json.nextToken() != START_OBJECT || !parseObject(json, text, events) || status >= 300) {
                events.accept(
                        new AnswerEvent.Failed(QwenErrors.inAnswer(status, JSON.readTree(text, 0, length))));
            }
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    /** False if it tells of an error. */
    private boolean parseObject(JsonParser json, byte[] text, Consumer<AnswerEvent> events) throws IOException {
        Used used = null;
        boolean failed = false;
        deltas.clear();
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "output" -> failed |= !parseOutput(json, value, text);
                case "usage" -> used = value == START_OBJECT ? usage(json) : used;
                case "code" -> failed |= value == VALUE_STRING && json.getTextLength() > 0;
                default -> json.skipChildren();
            }
        }
        if (failed) {
            return false;
        }
        for (Delta delta : deltas) {
            events.accept(delta);
        }
        if (used != null) {
            events.accept(used);
        }
        if (choices.failed()) {
            events.accept(new AnswerEvent.Failed(Failures.FAILED));
        }
        return true;
    }

    private boolean parseOutput(JsonParser json, JsonToken start, byte[] text) throws IOException {
        boolean sound = true;
        while (start == START_OBJECT && json.nextToken() == FIELD_NAME) {
            boolean here = json.currentName().equals("choices");
            if (json.nextToken() == START_ARRAY && here) {
                while (ChatParser.nextObject(json)) {
                    if (choices.parse(json, text, deltas)) {
                        deltas.addLast(finished(deltas.removeLast()));
                    } else {
                        sound = false;
                    }
                }
            } else {
                json.skipChildren();
            }
        }
        return sound;
    }

    /** A call that was asked for by name ends with {@code stop}. */
    private Delta finished(Delta delta) {
        called.set(delta.choice(), called.get(delta.choice()) || !delta.toolCalls().isEmpty());
        return delta.finish() == FinishReason.STOP && called.get(delta.choice())
                ? new Delta(delta.choice(), delta.content(), delta.reasoning(), delta.refusal(), delta.toolCalls(),
                        delta.passed(), delta.logprobs(), FinishReason.TOOL_CALLS)
                : delta;
    }

    private static Used usage(JsonParser json) throws IOException {
        long input = 0;
        long output = 0;
        long cached = 0;
        long written = 0;
        long reasoning = 0;
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "input_tokens" -> input = json.getValueAsLong();
                case "output_tokens" -> output = json.getValueAsLong();
                case "prompt_tokens_details", "output_tokens_details" -> {
                    while (value == START_OBJECT && json.nextToken() == FIELD_NAME) {
                        String detail = json.currentName();
                        json.nextToken();
                        switch (detail) {
                            case "cached_tokens" -> cached = json.getValueAsLong();
                            case "cache_creation_input_tokens" -> written = json.getValueAsLong();
                            case "reasoning_tokens" -> reasoning = json.getValueAsLong();
                            default -> json.skipChildren();
                        }
                    }
                }
                default -> json.skipChildren();
            }
        }
        return new Used(new Usage(input, output, cached, written, reasoning), Map.of(), Map.of());
    }
}
