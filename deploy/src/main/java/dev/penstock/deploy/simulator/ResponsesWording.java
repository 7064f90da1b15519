package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.deploy.simulator.ResponsesDialect.Thought;

/**
 * A response, whole or in numbered events: perhaps an item of reasoning, then a message or calls of functions. The last
 * event says all of it once more.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">Streaming events</a>
 */
final class ResponsesWording implements Wording {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String IN_PROGRESS = "in_progress";
    private static final int THOUGHT_TOKENS = 5;

    private final Chat chat;
    private final Thought thought;
    /** Where the message is, or the first call. */
    private final int first;
    private final String beforeText;
    private int sequence;

    ResponsesWording(Chat chat, Thought thought) {
        this.chat = chat;
        this.thought = thought;
        this.first = thought.had() ? 1 : 0;
        this.beforeText = beforePiece("response.output_text.delta", "msg_", first)
                + ",\"content_index\":0,\"logprobs\":[]";
    }

    @Override
    public String head(int choice) {
        ObjectNode begun = JSON.objectNode();
        begun.set("response", response(IN_PROGRESS));
        var events = new StringBuilder(event("response.created", begun)).append(event("response.in_progress", begun));
        if (thought.had()) {
            events.append(item("response.output_item.added", 0, reasoning()))
                    .append(item("response.output_item.done", 0, reasoning()));
        }
        return events.append(added(0)).toString();
    }

    /** Joined to text that is made before, since pieces are nearly all that a stream sends. */
    @Override
    public String piece(int choice, long index) {
        String before = beforeText;
        String finished = "";
        if (chat.answer() instanceof Answer.ToolCalls calls) {
            int call = calls.callAt(index);
            finished = call > 0 && calls.calls().get(call).start() == index ? done(call - 1) + added(call) : "";
            before = beforePiece("response.function_call_arguments.delta", "fc_", first + call);
        }
        return finished + before + ",\"sequence_number\":" + sequence++ + ",\"delta\":\""
                + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(chat.answer().piece(index)))
                + "\"}\n\n";
    }

    private String beforePiece(String type, String id, int place) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"item_id\":\"" + id + place + "_" + chat.id()
                + "\",\"output_index\":" + place;
    }

    @Override
    public String finish(int choice) {
        return done(chat.answer() instanceof Answer.ToolCalls calls ? calls.callAt(chat.length() - 1) : 0);
    }

    @Override
    public String end() {
        ObjectNode ended = JSON.objectNode();
        ended.set("response", whole());
        return event("response." + status(), ended);
    }

    @Override
    public ObjectNode whole() {
        ObjectNode response = response(status());
        ArrayNode output = response.withArrayProperty("output");
        if (thought.had()) {
            output.add(reasoning());
        }
        int items = chat.answer() instanceof Answer.ToolCalls calls ? calls.calls().size() : 1;
        for (int item = 0; item < items; item++) {
            output.add(item(item, status()));
        }
        long prompt = chat.request().promptTokens();
        long thoughts = thought.had() ? THOUGHT_TOKENS : 0;
        long said = chat.length() + thoughts;
        ObjectNode usage = response.putObject("usage").put("input_tokens", prompt).put("output_tokens", said)
                .put("total_tokens", prompt + said);
        usage.putObject("input_tokens_details").put("cached_tokens", chat.request().directive().cached(prompt))
                .put("cache_write_tokens", chat.request().directive().written(prompt));
        usage.putObject("output_tokens_details").put("reasoning_tokens", thoughts);
        return response;
    }

    private String status() {
        return chat.finishReason().equals("length") ? "incomplete" : "completed";
    }

    /** One without items yet; of what was asked it repeats the least that it may. */
    private ObjectNode response(String status) {
        ObjectNode response = JSON.objectNode().put("id", "resp_" + chat.id()).put("object", "response")
                .put("created_at", chat.created()).put("status", status).putNull("error");
        if (status.equals("incomplete")) {
            response.putObject("incomplete_details").put("reason", "max_output_tokens");
        } else {
            response.putNull("incomplete_details");
        }
        response.putNull("instructions").put("model", chat.request().model()).putArray("output");
        response.put("parallel_tool_calls", true).put("service_tier", chat.request().directive().tier())
                .put("temperature", 1.0).put("tool_choice", "auto").put("top_p", 1.0).putNull("usage")
                .putNull("metadata").putArray("tools");
        return response;
    }

    private ObjectNode reasoning() {
        ObjectNode item = JSON.objectNode().put("id", "rs_0_" + chat.id()).put("type", "reasoning");
        ArrayNode summary = item.putArray("summary");
        if (!thought.summary().isEmpty()) {
            summary.addObject().put("type", "summary_text").put("text", thought.summary());
        }
        return thought.encrypted().isEmpty() ? item : item.put("encrypted_content", thought.encrypted());
    }

    /** @param number that of a call; 0 for a message */
    private ObjectNode item(int number, String status) {
        String place = first + number + "_" + chat.id();
        boolean begins = status.equals(IN_PROGRESS);
        if (chat.answer() instanceof Answer.ToolCalls calls) {
            Answer.Call call = calls.calls().get(number);
            return JSON.objectNode().put("id", "fc_" + place).put("type", "function_call").put("status", status)
                    .put("call_id", "call_" + place).put("name", call.name())
                    .put("arguments", begins ? "" : call.arguments(chat.length()));
        }
        ObjectNode message = JSON.objectNode().put("id", "msg_" + place).put("type", "message").put("status", status)
                .put("role", "assistant");
        ArrayNode content = message.putArray("content");
        if (!begins) {
            content.add(part(chat.text()));
        }
        return message;
    }

    private static ObjectNode part(String text) {
        ObjectNode part = JSON.objectNode().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        part.putArray("logprobs");
        return part;
    }

    private String added(int number) {
        String added = item("response.output_item.added", first + number, item(number, IN_PROGRESS));
        return chat.answer() instanceof Answer.ToolCalls
                ? added
                : added + event("response.content_part.added", place(number).<ObjectNode>set("part", part("")));
    }

    private String done(int number) {
        ObjectNode item = item(number, status());
        var events = new StringBuilder();
        if (chat.answer() instanceof Answer.ToolCalls) {
            ObjectNode said = JSON.objectNode().put("item_id", item.path("id").asText())
                    .put("output_index", first + number).put("name", item.path("name").asText())
                    .put("arguments", item.path("arguments").asText());
            events.append(event("response.function_call_arguments.done", said));
        } else {
            ObjectNode said = place(number).put("text", chat.text());
            said.putArray("logprobs");
            events.append(event("response.output_text.done", said)).append(event("response.content_part.done",
                    place(number).<ObjectNode>set("part", part(chat.text()))));
        }
        return events.append(item("response.output_item.done", first + number, item)).toString();
    }

    private ObjectNode place(int number) {
        return JSON.objectNode().put("item_id", "msg_" + (first + number) + "_" + chat.id())
                .put("output_index", first + number).put("content_index", 0);
    }

    private String item(String type, int place, ObjectNode item) {
        return event(type, JSON.objectNode().put("output_index", place).<ObjectNode>set("item", item));
    }

    /** The next event. */
    String event(String type, ObjectNode fields) {
        return event(type, sequence++, fields);
    }

    static String event(String type, int sequence, ObjectNode fields) {
        ObjectNode data = JSON.objectNode().put("type", type).put("sequence_number", sequence);
        data.setAll(fields);
        return "event: " + type + "\ndata: " + data + "\n\n";
    }
}
