package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a stream of Anthropic's Messages API, or the one object of another answer. Deltas, which are
 * nearly all there is, are read without a tree. Confined to one thread.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/streaming">Streaming</a>
 */
final class AnthropicParser {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ContentBlocks blocks = new ContentBlocks(CarriedState.ANTHROPIC);
    private final AnthropicUsage usage = new AnthropicUsage();

    private String type = "";
    private int index;
    private String deltaType = "";
    private String text = "";
    private @Nullable JsonNode citation;
    private @Nullable String stopReason;
    private @Nullable JsonNode content;
    private @Nullable JsonNode error;

    /** Reads one event; garbage gives {@link AnswerEvent.Failed}. */
    void parse(byte[] data, int length, Consumer<AnswerEvent> events) {
        type = deltaType = text = "";
        index = 0;
        stopReason = null;
        content = error = citation = null;
        try (JsonParser json = JSON.getFactory().createParser(data, 0, length)) {
            if (json.nextToken() != START_OBJECT) {
                throw new IOException("no object");
            }
            parseEvent(json);
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
            return;
        }
        tell(events);
    }

    private void parseEvent(JsonParser json) throws IOException {
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "type" -> type = json.getText();
                case "index" -> index = json.getValueAsInt();
                case "delta" -> parseDelta(json, value);
                case "content_block", "message" -> content = JSON.readTree(json);
                case "usage" -> usage.add(JSON.<JsonNode>readTree(json));
                case "error" -> error = JSON.readTree(json);
                default -> json.skipChildren();
            }
        }
    }

    private void parseDelta(JsonParser json, JsonToken start) throws IOException {
        while (start == START_OBJECT && json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "type" -> deltaType = json.getText();
                case "text", "partial_json", "thinking", "signature" -> text = value == VALUE_STRING
                        ? json.getText()
                        : "";
                case "stop_reason" -> stopReason = value == VALUE_STRING ? json.getText() : null;
                case "citation" -> citation = JSON.readTree(json);
                default -> json.skipChildren();
            }
        }
    }

    private void tell(Consumer<AnswerEvent> events) {
        switch (type) {
            case "content_block_delta" -> {
                switch (deltaType) {
                    case "text_delta" -> blocks.text(index, text, events);
                    case "input_json_delta" -> blocks.arguments(index, text, events);
                    case "thinking_delta" -> blocks.thought(index, text, events);
                    case "signature_delta" -> blocks.sign(index, text);
                    case "citations_delta" -> blocks.cite(index, citation);
                    default -> {
                    }
                }
            }
            case "content_block_start" -> start(content, events);
            case "content_block_stop" -> blocks.stop(index, events);
            case "message_start" -> {
                if (content != null) {
                    usage.add(content.path("usage"));
                    events.accept(new AnswerEvent.Prompted(usage.used().usage()));
                    blocks.origin(content, events);
                    whole(content.path("content"), events);
                }
            }
            case "message_delta" -> {
                finish(stopReason == null ? "" : stopReason, events);
                events.accept(usage.used());
            }
            case "message_stop" -> events.accept(new AnswerEvent.Done());
            case "error" -> events.accept(new AnswerEvent.Failed(AnthropicErrors.inAnswer(error)));
            default -> {
            } // pings, and what may yet come
        }
    }

    private void start(@Nullable JsonNode block, Consumer<AnswerEvent> events) {
        if (block != null) {
            blocks.start(index, block, events);
        }
    }

    private void finish(String reason, Consumer<AnswerEvent> events) {
        if (reason.isEmpty()) {
            return;
        }
        blocks.finish(switch (reason) {
            case "max_tokens", "model_context_window_exceeded" -> FinishReason.LENGTH;
            case "refusal" -> FinishReason.CONTENT_FILTER;
            case "tool_use" -> FinishReason.TOOL_CALLS;
            default -> FinishReason.STOP;
        }, events);
    }

    /** Blocks that come at once; an answer may begin with some. */
    private void whole(JsonNode content, Consumer<AnswerEvent> events) {
        for (int i = 0; i < content.size(); i++) {
            blocks.start(i, content.path(i), events);
            blocks.stop(i, events);
        }
    }

    /** Reads an answer that is not streamed. */
    void parseWhole(byte[] body, Consumer<AnswerEvent> events) {
        JsonNode message;
        try {
            message = JSON.readTree(body);
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
            return;
        }
        if (!message.path("type").asText("").equals("message")) {
            events.accept(new AnswerEvent.Failed(message.hasNonNull("error")
                    ? AnthropicErrors.inAnswer(message.path("error"))
                    : Failures.MALFORMED));
            return;
        }
        usage.add(message.path("usage"));
        blocks.origin(message, events);
        whole(message.path("content"), events);
        finish(message.path("stop_reason").asText(""), events);
        events.accept(usage.used());
    }
}
