package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/** Messages of {@code /api/chat}, of which the last says why it is the last, and what was used. There is one choice. */
final class OllamaWording implements Wording {
    private final Chat chat;

    OllamaWording(Chat chat) {
        this.chat = chat;
    }

    @Override
    public String head(int choice) {
        return "";
    }

    @Override
    public String piece(int choice, long index) {
        return message(chat.answer().piece(index)).put("done", false) + "\n";
    }

    @Override
    public String finish(int choice) {
        return "";
    }

    @Override
    public String end() {
        return last("") + "\n";
    }

    @Override
    public ObjectNode whole() {
        return last(chat.text());
    }

    private ObjectNode message(String text) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("model", chat.request().model())
                .put("created_at", Instant.ofEpochSecond(chat.created()).toString());
        json.putObject("message").put("role", "assistant").put("content", text);
        return json;
    }

    private ObjectNode last(String text) {
        return message(text).put("done_reason", chat.finishReason()).put("done", true)
                .put("prompt_eval_count", chat.request().promptTokens()).put("eval_count", chat.length());
    }
}
