package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * The server-sent events of one streamed answer: CreateChatCompletionStreamResponse in OpenAI's OpenAPI description.
 * A piece is joined to text that was made when the stream began, since pieces are nearly all that a stream sends;
 * the few other events go through a tree.
 */
final class Chunks implements Wording {
    static final String DONE = "data: [DONE]\n\n";

    private final Chat chat;
    private final String beforeIndex;
    private final String beforeText;
    private final String afterText;

    Chunks(Chat chat) {
        this.chat = chat;
        String envelope = Completions.envelope(chat, "chat.completion.chunk").toString();
        beforeIndex = "data: " + envelope.substring(0, envelope.length() - 1) + ",\"choices\":[{\"index\":";
        boolean call = chat.answer() instanceof Answer.ToolCalls;
        beforeText = call ? ",\"delta\":{\"tool_calls\":[{\"index\":" : ",\"delta\":{\"content\":\"";
        afterText = (call ? "\"}}]}" : "\"}") + ",\"logprobs\":null,\"finish_reason\":null}]"
                + (chat.request().includeUsage() ? ",\"usage\":null}\n\n" : "}\n\n");
    }

    /** What comes before a choice's first piece: who speaks, and which function is called. */
    @Override
    public String head(int choice) {
        var delta = JsonNodeFactory.instance.objectNode().put("role", "assistant");
        switch (chat.answer()) {
            case Answer.Text _,Answer.Json _ -> delta.put("content", "");
            case Answer.ToolCalls calls -> delta.putNull("content").setAll(call(calls, 0, choice));
        }
        return event(choice, delta.putNull("refusal"));
    }

    private ObjectNode call(Answer.ToolCalls calls, int call, int choice) {
        var delta = JsonNodeFactory.instance.objectNode();
        delta.putArray("tool_calls").addObject().put("index", call)
                .setAll(Completions.toolCall(chat, calls, call, choice, ""));
        return delta;
    }

    /** One piece of one choice. */
    @Override
    public String piece(int choice, long index) {
        var text = JsonStringEncoder.getInstance().quoteAsString(chat.answer().piece(index));
        String piece = String.valueOf(text) + afterText;
        return chat.answer() instanceof Answer.ToolCalls calls
                ? argument(calls, choice, index, piece)
                : beforeIndex + choice + beforeText + piece;
    }

    /** With the head of its call, where that is not the first, which the answer's head has. */
    private String argument(Answer.ToolCalls calls, int choice, long index, String piece) {
        int call = calls.callAt(index);
        String head = call > 0 && calls.calls().get(call).start() == index
                ? event(choice, call(calls, call, choice))
                : "";
        return head + beforeIndex + choice + beforeText + call + ",\"function\":{\"arguments\":\"" + piece;
    }

    /** Why a choice ends. */
    @Override
    public String finish(int choice) {
        return event(last(choice));
    }

    /** A choice's last chunk. */
    ObjectNode last(int choice) {
        return chunk(choice, JsonNodeFactory.instance.objectNode(), chat.finishReason());
    }

    /** The chunk without choices, if the caller asks for it with {@code stream_options.include_usage}, and the mark. */
    @Override
    public String end() {
        if (!chat.request().includeUsage()) {
            return DONE;
        }
        var chunk = Completions.envelope(chat, "chat.completion.chunk");
        chunk.putArray("choices");
        chunk.set("usage", Completions.usage(chat));
        return event(chunk) + DONE;
    }

    @Override
    public ObjectNode whole() {
        return Completions.whole(chat);
    }

    static String event(ObjectNode json) {
        return "data: " + json + "\n\n";
    }

    private String event(int choice, ObjectNode delta) {
        return event(chunk(choice, delta, null));
    }

    private ObjectNode chunk(int choice, ObjectNode delta, @Nullable String finishReason) {
        var chunk = Completions.envelope(chat, "chat.completion.chunk");
        chunk.putArray("choices").addObject().put("index", choice).<ObjectNode>set("delta", delta).putNull("logprobs")
                .put("finish_reason", finishReason);
        if (chat.request().includeUsage()) {
            chunk.putNull("usage");
        }
        return chunk;
    }
}
