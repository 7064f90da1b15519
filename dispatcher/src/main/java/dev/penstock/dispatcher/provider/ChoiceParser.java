package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import dev.penstock.dispatcher.provider.AnswerEvent.ToolCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the elements of {@code choices}. Remembers what an answer's later chunks depend on. */
final class ChoiceParser {
    /** What goes to the client as it is. {@code reasoning_details} must come back unchanged in the next turn. */
    private static final Set<String> PASSED = Set.of("audio", "annotations", "reasoning_details", "function_call");

    /** Far above what {@code n} may be; a wild index must not make memory grow. */
    private static final int MAX_CHOICE = 127;

    private final String toolCallIdPrefix;
    private final List<Progress> progress = new ArrayList<>();
    private boolean failed;

    private int index;
    private @Nullable String content;
    private @Nullable String reasoning;
    private @Nullable String refusal;
    private @Nullable String logprobs;
    private @Nullable String finish;
    private boolean error;
    private List<RawCall> calls = List.of();
    private List<Raw> passed = List.of();

    private static final class Progress {
        private final ToolCalls calls;
        private boolean finished;

        Progress(String toolCallIdPrefix) {
            calls = new ToolCalls(toolCallIdPrefix);
        }
    }

    private record RawCall(int index, @Nullable String id, @Nullable String name, @Nullable String arguments) {}

    ChoiceParser(String toolCallIdPrefix) {
        this.toolCallIdPrefix = toolCallIdPrefix;
    }

    /** Whether a choice has ended for a reason that is a failure of the provider. */
    boolean failed() {
        return failed;
    }

    /** Reads one choice; false if it tells of an error. */
    boolean parse(JsonParser json, byte[] text, List<Delta> deltas) throws IOException {
        index = 0;
        content = reasoning = refusal = logprobs = finish = null;
        error = false;
        calls = List.of();
        passed = List.of();
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "index" -> index = Math.clamp(json.getValueAsInt(), 0, MAX_CHOICE);
                case "delta", "message" -> parseDelta(json, value, text);
                case "finish_reason" -> finish = value == VALUE_STRING ? json.getText() : null;
                case "logprobs" -> logprobs = value == VALUE_NULL ? null : raw(json, text);
                case "error" -> {
                    error = value != VALUE_NULL;
                    json.skipChildren();
                }
                default -> json.skipChildren();
            }
        }
        if (!error) {
            deltas.add(delta());
        }
        return !error;
    }

    private Delta delta() {
        Progress choice = progress(index);
        FinishReason ended = choice.finished ? null : finishReason();
        List<ToolCall> fragments = calls.isEmpty() ? List.of() : new ArrayList<>(calls.size());
        for (RawCall call : calls) {
            ToolCall fragment = choice.calls.fragment(call.index, call.id, call.name, call.arguments);
            if (fragment != null) {
                fragments.add(fragment);
            }
        }
        if (ended != null) {
            choice.finished = true;
            List<ToolCall> rest = choice.calls.complete();
            if (!rest.isEmpty()) {
                fragments = new ArrayList<>(fragments);
                fragments.addAll(rest);
            }
        }
        return new Delta(index, content, reasoning, refusal, fragments, passed, logprobs, ended);
    }

    private Progress progress(int choice) {
        while (progress.size() <= choice) {
            progress.add(new Progress(toolCallIdPrefix + progress.size() + "_"));
        }
        return progress.get(choice);
    }

    private @Nullable FinishReason finishReason() {
        return switch (finish) {
            case null -> null;
            case "", "null" -> null;
            case "length", "model_length" -> FinishReason.LENGTH;
            case "tool_calls" -> FinishReason.TOOL_CALLS;
            case "content_filter" -> FinishReason.CONTENT_FILTER;
            case "function_call" -> FinishReason.FUNCTION_CALL;
            case "error", "insufficient_system_resource" -> {
                failed = true;
                yield null;
            }
            default -> FinishReason.STOP;
        };
    }

    private void parseDelta(JsonParser json, JsonToken start, byte[] text) throws IOException {
        if (start != START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "content" -> parseContent(json, value);
                case "reasoning_content", "reasoning" -> {
                    String given = value == VALUE_STRING ? json.getText() : null;
                    reasoning = reasoning == null || reasoning.isEmpty() ? given : reasoning;
                    json.skipChildren();
                }
                case "refusal" -> refusal = value == VALUE_STRING ? json.getText() : null;
                case "tool_calls" -> parseToolCalls(json, value, text);
                default -> {
                    if (value != VALUE_NULL && PASSED.contains(field)) {
                        passed = passed.isEmpty() ? new ArrayList<>() : passed;
                        passed.add(new Raw(field, raw(json, text)));
                    } else {
                        json.skipChildren();
                    }
                }
            }
        }
    }

    private void parseContent(JsonParser json, JsonToken value) throws IOException {
        if (value == VALUE_STRING) {
            content = json.getText();
        } else if (value == START_ARRAY) {
            var said = new StringBuilder();
            var thought = new StringBuilder();
            parseParts(json, said, thought);
            content = said.toString();
            reasoning = thought.isEmpty() ? reasoning : thought.toString();
        } else {
            json.skipChildren();
        }
    }

    /** Mistral: {@code [{"type":"thinking","thinking":[{"type":"text","text":..}]},{"type":"text","text":..}]}. */
    private static void parseParts(JsonParser json, StringBuilder said, StringBuilder thought) throws IOException {
        while (ChatParser.nextObject(json)) {
            while (json.nextToken() == FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("text") && value == VALUE_STRING) {
                    said.append(json.getText());
                } else if (field.equals("thinking") && value == START_ARRAY) {
                    parseParts(json, thought, thought);
                } else {
                    json.skipChildren();
                }
            }
        }
    }

    private void parseToolCalls(JsonParser json, JsonToken start, byte[] text) throws IOException {
        if (start != START_ARRAY) {
            json.skipChildren();
            return;
        }
        while (ChatParser.nextObject(json)) {
            int at = -1;
            String id = null;
            String name = null;
            String arguments = null;
            while (json.nextToken() == FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                switch (field) {
                    case "index" -> at = json.getValueAsInt(-1);
                    case "id" -> id = json.getValueAsString();
                    case "function" -> {
                        while (value == START_OBJECT && json.nextToken() == FIELD_NAME) {
                            String part = json.currentName();
                            JsonToken given = json.nextToken();
                            switch (part) {
                                case "name" -> name = json.getValueAsString();
                                case "arguments" -> arguments = given == START_OBJECT
                                        ? raw(json, text)
                                        : json.getValueAsString();
                                default -> json.skipChildren();
                            }
                        }
                    }
                    default -> json.skipChildren();
                }
            }
            calls = calls.isEmpty() ? new ArrayList<>() : calls;
            calls.add(new RawCall(at, id, name, arguments));
        }
    }

    /** The value at hand as the provider wrote it. */
    static String raw(JsonParser json, byte[] text) throws IOException {
        int from = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        json.finishToken();
        int to = (int) json.currentLocation().getByteOffset();
        return new String(text, from, to - from, StandardCharsets.UTF_8);
    }
}
