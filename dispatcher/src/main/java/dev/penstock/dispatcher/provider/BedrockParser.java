package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads the events of ConverseStream, or the answer of Converse. Deltas are read without a tree. Usage comes after the
 * end of the message and is the last there is. Confined to one thread.
 *
 * @see <a href="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html">
 *      ConverseStream</a>
 */
final class BedrockParser {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ContentBlocks blocks = new ContentBlocks(CarriedState.BEDROCK);

    /** What a delta holds: one of these. */
    private enum Kind {
        NONE, TEXT, INPUT, THOUGHT, SIGNATURE, SECRET
    }

    private int index;
    private Kind kind = Kind.NONE;
    private String text = "";

    /** Reads one event; garbage gives {@link AnswerEvent.Failed}. */
    void parse(String type, byte[] payload, Consumer<AnswerEvent> events) {
        try {
            if (type.equals("contentBlockDelta")) {
                parseDelta(payload);
                delta(events);
            } else {
                other(type, JSON.readTree(payload), events);
            }
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    private void other(String type, JsonNode event, Consumer<AnswerEvent> events) {
        switch (type) {
            case "contentBlockStart" -> start(event.path("contentBlockIndex").asInt(), event.path("start"), events);
            case "contentBlockStop" -> blocks.stop(event.path("contentBlockIndex").asInt(), events);
            case "messageStop" -> blocks.finish(finish(event.path("stopReason").asText("")), events);
            case "metadata" -> {
                tier(event, events);
                events.accept(used(event.path("usage")));
                events.accept(new AnswerEvent.Done());
            }
            default -> {
            }
        }
    }

    /** {@code {"contentBlockIndex":0,"delta":{"text":".."}}}, or another of the kinds, some of which are nested. */
    private void parseDelta(byte[] payload) throws IOException {
        index = 0;
        kind = Kind.NONE;
        text = "";
        try (JsonParser json = JSON.getFactory().createParser(payload)) {
            if (json.nextToken() != START_OBJECT) {
                throw new IOException("no object");
            }
            while (json.nextToken() == FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                switch (field) {
                    case "contentBlockIndex" -> index = json.getValueAsInt();
                    case "delta" -> parseContent(json, value, Kind.TEXT);
                    default -> json.skipChildren();
                }
            }
        }
    }

    private void parseContent(JsonParser json, JsonToken start, Kind ofText) throws IOException {
        while (start == START_OBJECT && json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "text" -> take(ofText, json, value);
                case "input" -> take(Kind.INPUT, json, value);
                case "signature" -> take(Kind.SIGNATURE, json, value);
                case "redactedContent" -> take(Kind.SECRET, json, value);
                case "toolUse" -> parseContent(json, value, Kind.NONE);
                case "reasoningContent" -> parseContent(json, value, Kind.THOUGHT);
                default -> json.skipChildren();
            }
        }
    }

    private void take(Kind given, JsonParser json, JsonToken value) throws IOException {
        if (value == VALUE_STRING) {
            kind = given;
            text = json.getText();
        } else {
            json.skipChildren();
        }
    }

    private void delta(Consumer<AnswerEvent> events) {
        switch (kind) {
            case TEXT -> blocks.text(index, text, events);
            case INPUT -> blocks.arguments(index, text, events);
            case THOUGHT -> blocks.thought(index, text, events);
            case SIGNATURE -> blocks.sign(index, text);
            case SECRET -> blocks.secret(index, text);
            case NONE -> {
            }
        }
    }

    /** Begins a call; nothing else is begun. */
    private void start(int at, JsonNode block, Consumer<AnswerEvent> events) {
        JsonNode call = block.path("toolUse");
        if (call.isObject()) {
            ObjectNode made = JsonNodeFactory.instance.objectNode().put("type", "tool_use")
                    .put("id", call.path("toolUseId").asText("")).put("name", call.path("name").asText(""));
            made.set("input", call.path("input"));
            blocks.start(at, made, events);
        }
    }

    /** Reads an answer that is not streamed. */
    void parseWhole(byte[] body, Consumer<AnswerEvent> events) {
        JsonNode answer;
        try {
            answer = JSON.readTree(body);
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
            return;
        }
        JsonNode content = answer.at("/output/message/content");
        if (!content.isArray()) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
            return;
        }
        for (int i = 0; i < content.size(); i++) {
            JsonNode block = content.path(i);
            start(i, block, events);
            blocks.text(i, block.path("text").asText(""), events);
            JsonNode thought = block.path("reasoningContent");
            blocks.thought(i, thought.at("/reasoningText/text").asText(""), events);
            if (thought.at("/reasoningText/signature").isTextual()) {
                blocks.sign(i, thought.at("/reasoningText/signature").asText(""));
            }
            if (thought.path("redactedContent").isTextual()) {
                blocks.secret(i, thought.path("redactedContent").asText(""));
            }
            for (JsonNode cited : block.at("/citationsContent/content")) {
                blocks.text(i, cited.path("text").asText(""), events);
            }
            blocks.stop(i, events);
        }
        blocks.finish(finish(answer.path("stopReason").asText("")), events);
        tier(answer, events);
        events.accept(used(answer.path("usage")));
    }

    /** Its tiers have OpenAI's names. */
    private static void tier(JsonNode event, Consumer<AnswerEvent> events) {
        String tier = event.path("serviceTier").path("type").asText("");
        if (!tier.isEmpty()) {
            events.accept(new AnswerEvent.Origin(0, null, tier, null));
        }
    }

    private static FinishReason finish(String reason) {
        return switch (reason) {
            case "tool_use" -> FinishReason.TOOL_CALLS;
            case "max_tokens", "model_context_window_exceeded" -> FinishReason.LENGTH;
            case "content_filtered", "guardrail_intervened" -> FinishReason.CONTENT_FILTER;
            default -> FinishReason.STOP;
        };
    }

    /** Like Anthropic, Bedrock leaves what has to do with a cache out of the input. */
    private static AnswerEvent.Used used(JsonNode usage) {
        long read = usage.path("cacheReadInputTokens").asLong();
        long written = usage.path("cacheWriteInputTokens").asLong();
        return new AnswerEvent.Used(new Usage(usage.path("inputTokens").asLong() + read + written,
                usage.path("outputTokens").asLong(), read, written, 0), Map.of(), Map.of());
    }
}
