package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A message, whole or in events: perhaps a thought and its signature, then a text or a call of a tool.
 *
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/streaming">Streaming</a>
 */
final class AnthropicWording implements Wording {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int THOUGHT_TOKENS = 5;

    private final Chat chat;
    private final String thought;
    private final boolean caches;
    /** That of the answer's text or first call. */
    private final int block;
    private final String beforeText;

    /**
     * @param thought empty: none
     * @param caches whether half of the prompt is to have come from a cache
     */
    AnthropicWording(Chat chat, String thought, boolean caches) {
        this.chat = chat;
        this.thought = thought;
        this.caches = caches;
        this.block = thought.isEmpty() ? 0 : 1;
        this.beforeText = beforePiece(block, "\"text_delta\",\"text\":\"");
    }

    @Override
    public String head(int choice) {
        ObjectNode start = JSON.objectNode();
        start.set("message", message(JSON.arrayNode(), null, 1));
        var events = new StringBuilder(event("message_start", start));
        if (!thought.isEmpty()) {
            events.append(event("content_block_start", block(0, thought("", ""))));
            events.append(event("content_block_delta",
                    delta(0, JSON.objectNode().put("type", "thinking_delta").put("thinking", thought))));
            events.append(event("content_block_delta", delta(0, JSON.objectNode().put("type", "signature_delta")
                    .put("signature", AnthropicDialect.sign(thought)))));
            events.append(stop(0));
        }
        events.append(event("content_block_start", block(block, content(0, ""))));
        return events.append(event("ping", JSON.objectNode())).toString();
    }

    /** Joined to text that is made before, since pieces are nearly all that a stream sends. */
    @Override
    public String piece(int choice, long index) {
        String before = chat.answer() instanceof Answer.ToolCalls calls ? beforeArguments(calls, index) : beforeText;
        return before + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(chat.answer().piece(index)))
                + "\"}}\n\n";
    }

    /** With the start of its call's block, where that is not the first, which the answer's head has. */
    private String beforeArguments(Answer.ToolCalls calls, long index) {
        int call = calls.callAt(index);
        boolean begins = call > 0 && calls.calls().get(call).start() == index;
        return (begins
                ? stop(block + call - 1) + event("content_block_start", block(block + call, content(call, "")))
                : "") + beforePiece(block + call, "\"input_json_delta\",\"partial_json\":\"");
    }

    private static String beforePiece(int block, String delta) {
        return "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" + block
                + ",\"delta\":{\"type\":" + delta;
    }

    private static String stop(int block) {
        return event("content_block_stop", JSON.objectNode().put("index", block));
    }

    @Override
    public String finish(int choice) {
        ObjectNode delta = JSON.objectNode();
        delta.putObject("delta").put("stop_reason", stopReason()).putNull("stop_sequence");
        delta.set("usage", usage(outputTokens()));
        int last = chat.answer() instanceof Answer.ToolCalls calls ? calls.callAt(chat.length() - 1) : 0;
        return stop(block + last) + event("message_delta", delta);
    }

    @Override
    public String end() {
        return event("message_stop", JSON.objectNode());
    }

    @Override
    public ObjectNode whole() {
        ArrayNode content = JSON.arrayNode();
        if (!thought.isEmpty()) {
            content.add(thought(thought, AnthropicDialect.sign(thought)));
        }
        if (chat.answer() instanceof Answer.ToolCalls calls) {
            for (int call = 0; call < calls.calls().size(); call++) {
                content.add(content(call, calls.calls().get(call).arguments(chat.length())));
            }
        } else {
            content.add(content(0, chat.text()));
        }
        return message(content, stopReason(), outputTokens());
    }

    private ObjectNode message(ArrayNode content, @Nullable String stopReason, long output) {
        ObjectNode message = JSON.objectNode().put("id", "msg_" + chat.id()).put("type", "message")
                .put("role", "assistant").put("model", chat.request().model());
        message.set("content", content);
        message.put("stop_reason", stopReason).putNull("stop_sequence").set("usage", usage(output));
        return message;
    }

    private static ObjectNode thought(String text, String signature) {
        return JSON.objectNode().put("type", "thinking").put("thinking", text).put("signature", signature);
    }

    /** A block of the answer; a call in a stream begins with no input. */
    private ObjectNode content(int call, String text) {
        if (!(chat.answer() instanceof Answer.ToolCalls calls)) {
            return JSON.objectNode().put("type", "text").put("text", text);
        }
        ObjectNode block = JSON.objectNode().put("type", "tool_use").put("id", "toolu_" + call + "_" + chat.id())
                .put("name", calls.calls().get(call).name());
        try {
            block.set("input", text.isEmpty() ? JSON.objectNode() : MAPPER.readTree(text));
        } catch (JsonProcessingException _) {
            block.putObject("input"); // cut by the limit
        }
        return block;
    }

    private String stopReason() {
        return switch (chat.finishReason()) {
            case "length" -> "max_tokens";
            case "tool_calls" -> "tool_use";
            default -> "end_turn";
        };
    }

    private long outputTokens() {
        return chat.length() + (thought.isEmpty() ? 0 : THOUGHT_TOKENS);
    }

    /** What comes from the cache is no part of the input. */
    private ObjectNode usage(long output) {
        long cached = caches ? chat.request().promptTokens() / 2 : 0;
        ObjectNode usage = JSON.objectNode().put("input_tokens", chat.request().promptTokens() - cached)
                .put("cache_creation_input_tokens", 0).put("cache_read_input_tokens", cached)
                .put("output_tokens", output);
        usage.putObject("output_tokens_details").put("thinking_tokens", thought.isEmpty() ? 0 : THOUGHT_TOKENS);
        return usage;
    }

    private static ObjectNode block(int index, ObjectNode content) {
        ObjectNode start = JSON.objectNode().put("index", index);
        start.set("content_block", content);
        return start;
    }

    private static ObjectNode delta(int index, ObjectNode content) {
        ObjectNode delta = JSON.objectNode().put("index", index);
        delta.set("delta", content);
        return delta;
    }

    private static String event(String type, ObjectNode fields) {
        ObjectNode data = JSON.objectNode().put("type", type);
        data.setAll(fields);
        return "event: " + type + "\ndata: " + data + "\n\n";
    }
}
