package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_TRUE;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the answers of Ollama's {@code /api/chat}, which are a whole answer and each line of a streamed one alike. It
 * has one choice, and its tool calls come whole and without ids. Confined to one thread.
 *
 * @see <a href="https://docs.ollama.com/api/chat">Generate a chat message</a>
 */
final class OllamaParser {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String toolCallIdPrefix;
    private @Nullable String model;
    private int calls;

    private @Nullable String content;
    private @Nullable String reasoning;
    private List<ToolCall> fragments = List.of();

    OllamaParser(String toolCallIdPrefix) {
        this.toolCallIdPrefix = toolCallIdPrefix;
    }

    /** Reads one line of a stream; the last one says that it is done. */
    void parseLine(byte[] bytes, int from, int to, Consumer<AnswerEvent> events) {
        // A copy, for a parser counts from where it begins.
        parse(Arrays.copyOfRange(bytes, from, to), to - from, events);
    }

    /** Reads one JSON text; garbage gives {@link AnswerEvent.Failed}. */
    void parse(byte[] text, int length, Consumer<AnswerEvent> events) {
        try (JsonParser json = JSON.getFactory().createParser(text, 0, length)) {
            if (json.nextToken() != START_OBJECT || !parseObject(json, text, events)) {
                JsonNode body = JSON.readTree(text, 0, length);
                events.accept(new AnswerEvent.Failed(OpenAiErrors.inAnswer(body)));
            }
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    /** False if it tells of an error. */
    private boolean parseObject(JsonParser json, byte[] text, Consumer<AnswerEvent> events) throws IOException {
        String named = model;
        boolean failed = false;
        boolean done = false;
        String reason = null;
        long prompt = -1;
        long completion = 0;
        String logprobs = null;
        content = reasoning = null;
        fragments = List.of();
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "model" -> named = ChatParser.text(json, named);
                case "message" -> parseMessage(json, value, text);
                case "done" -> done = value == VALUE_TRUE;
                case "done_reason" -> reason = json.getValueAsString();
                case "prompt_eval_count" -> prompt = json.getValueAsLong();
                case "eval_count" -> completion = json.getValueAsLong();
                case "logprobs" -> logprobs = value == START_ARRAY
                        ? "{\"content\":" + ChoiceParser.raw(json, text) + ",\"refusal\":null}"
                        : null;
                case "error" -> {
                    failed |= value != VALUE_NULL;
                    json.skipChildren();
                }
                default -> json.skipChildren();
            }
        }
        if (failed) {
            return false;
        }
        if (named != null && !named.equals(model)) {
            model = named;
            events.accept(new Origin(0, model, null, null));
        }
        events.accept(new Delta(0, content, reasoning, null, fragments, List.of(), logprobs,
                done ? finishReason(reason) : null));
        // A prompt that was in the cache is not counted: then what was used is unknown.
        if (done && prompt >= 0) {
            events.accept(new AnswerEvent.Used(new Usage(prompt, completion, 0, 0, 0), Map.of(), Map.of()));
        }
        return true;
    }

    private FinishReason finishReason(@Nullable String reason) {
        return "length".equals(reason)
                ? FinishReason.LENGTH
                : calls > 0 ? FinishReason.TOOL_CALLS : FinishReason.STOP;
    }

    private void parseMessage(JsonParser json, JsonToken start, byte[] text) throws IOException {
        while (start == START_OBJECT && json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "content" -> content = json.getValueAsString();
                case "thinking" -> reasoning = json.getValueAsString();
                case "tool_calls" -> parseCalls(json, value, text);
                default -> json.skipChildren();
            }
        }
    }

    private void parseCalls(JsonParser json, JsonToken start, byte[] text) throws IOException {
        while (start == START_ARRAY && ChatParser.nextObject(json)) {
            String id = null;
            String name = "";
            String arguments = "{}";
            while (json.nextToken() == FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("id")) {
                    id = json.getValueAsString();
                }
                while (field.equals("function") && value == START_OBJECT && json.nextToken() == FIELD_NAME) {
                    String part = json.currentName();
                    JsonToken given = json.nextToken();
                    if (part.equals("name")) {
                        name = json.getValueAsString("");
                    } else if (part.equals("arguments") && given == START_OBJECT) {
                        arguments = ChoiceParser.raw(json, text);
                    } else {
                        json.skipChildren();
                    }
                }
                json.skipChildren();
            }
            fragments = fragments.isEmpty() ? new ArrayList<>() : fragments;
            fragments.add(new ToolCall(calls, id == null || id.isEmpty() ? toolCallIdPrefix + calls : id, name,
                    arguments));
            calls++;
        }
    }
}
