package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A message of one text, whole or in the lines that {@link EventStream} reads. Usage comes after all that is said. */
final class BedrockWording implements Wording {
    private final Chat chat;

    BedrockWording(Chat chat) {
        this.chat = chat;
    }

    @Override
    public String head(int choice) {
        return event("messageStart", json().put("role", "assistant"));
    }

    @Override
    public String piece(int choice, long index) {
        ObjectNode delta = json().put("contentBlockIndex", 0);
        delta.putObject("delta").put("text", chat.answer().piece(index));
        return event("contentBlockDelta", delta);
    }

    @Override
    public String finish(int choice) {
        return event("contentBlockStop", json().put("contentBlockIndex", 0))
                + event("messageStop", json().put("stopReason", stopReason()));
    }

    @Override
    public String end() {
        return event("metadata", withUsage(json()));
    }

    @Override
    public ObjectNode whole() {
        ObjectNode answer = json();
        answer.putObject("output").putObject("message").put("role", "assistant").putArray("content").addObject()
                .put("text", chat.text());
        return withUsage(answer.put("stopReason", stopReason()));
    }

    private String stopReason() {
        return chat.finishReason().equals("length") ? "max_tokens" : "end_turn";
    }

    private ObjectNode withUsage(ObjectNode json) {
        long prompt = chat.request().promptTokens();
        json.putObject("usage").put("inputTokens", prompt).put("outputTokens", chat.length()).put("totalTokens",
                prompt + chat.length());
        return json;
    }

    private static String event(String type, ObjectNode json) {
        return type + " " + json + "\n";
    }

    private static ObjectNode json() {
        return JsonNodeFactory.instance.objectNode();
    }
}
