package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** OpenAI's choices within {@code output}; each event says the usage up to then, and there is no mark of the end. */
final class QwenWording implements Wording {
    private static final String UNFINISHED = "null";

    private final Chat chat;

    QwenWording(Chat chat) {
        this.chat = chat;
    }

    @Override
    public String head(int choice) {
        return "";
    }

    @Override
    public String piece(int choice, long index) {
        return event(choice, index, chat.answer().piece(index), UNFINISHED);
    }

    @Override
    public String finish(int choice) {
        return event(choice, chat.length(), "", chat.finishReason());
    }

    @Override
    public String end() {
        return "";
    }

    @Override
    public ObjectNode whole() {
        ArrayNode choices = JsonNodeFactory.instance.arrayNode();
        for (int choice = 0; choice < chat.request().n(); choice++) {
            choices.add(choice(choice, chat.text(), chat.finishReason()));
        }
        return answer(choices, chat.completionTokens());
    }

    private String event(int choice, long index, String text, String finishReason) {
        long said = Math.min(index + 1, chat.length()) * chat.request().n();
        ArrayNode choices = JsonNodeFactory.instance.arrayNode().add(choice(choice, text, finishReason));
        return "id:" + (index * chat.request().n() + choice + 1) + "\nevent:result\n:HTTP_STATUS/200\ndata:"
                + answer(choices, said) + "\n\n";
    }

    private static ObjectNode choice(int choice, String text, String finishReason) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("message").put("content", text).put("role", "assistant");
        return json.put("index", choice).put("finish_reason", finishReason);
    }

    private ObjectNode answer(ArrayNode choices, long said) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("output").set("choices", choices);
        json.putObject("usage").put("total_tokens", chat.request().promptTokens() + said).put("output_tokens", said)
                .put("input_tokens", chat.request().promptTokens());
        return json.put("request_id", chat.id());
    }
}
