package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A GenerateContentResponse, whole or in events: each says the usage up to then, a function call comes whole in the last,
 * and there is no mark of the end.
 */
final class GeminiWording implements Wording {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Chat chat;
    private final int thoughts;
    private final boolean showsThoughts;
    private final String beforeIndex;
    private final String afterCount;

    /** @param thoughts tokens of thought before the answer */
    GeminiWording(Chat chat, int thoughts, boolean showsThoughts) {
        this.chat = chat;
        this.thoughts = thoughts;
        this.showsThoughts = showsThoughts;
        beforeIndex = "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"";
        afterCount = ",\"modelVersion\": \"" + chat.request().model() + "\",\"responseId\": \"" + chat.id()
                + "\"}\r\n\r\n";
    }

    @Override
    public String head(int choice) {
        return showsThoughts ? event(choice, thought(), null, 0) : "";
    }

    /** Joined from text that is made before, since pieces are nearly all that a stream sends. */
    @Override
    public String piece(int choice, long index) {
        if (chat.answer() instanceof Answer.ToolCalls) {
            return "";
        }
        long prompt = chat.request().promptTokens();
        long said = (index + 1) * chat.request().n();
        return beforeIndex + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(chat.answer().piece(index)))
                + "\"}],\"role\": \"model\"},\"index\": " + choice + "}],\"usageMetadata\": {\"promptTokenCount\": "
                + prompt + ",\"candidatesTokenCount\": " + said + ",\"totalTokenCount\": " + (prompt + thoughts + said)
                + ",\"thoughtsTokenCount\": " + thoughts + "}" + afterCount;
    }

    @Override
    public String finish(int choice) {
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        if (chat.answer() instanceof Answer.ToolCalls calls) {
            addCalls(calls, parts);
        } else {
            parts.addObject().put("text", "");
        }
        return event(choice, parts, finishReason(), chat.completionTokens());
    }

    @Override
    public String end() {
        return "";
    }

    @Override
    public ObjectNode whole() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode candidates = body.putArray("candidates");
        for (int choice = 0; choice < chat.request().n(); choice++) {
            ArrayNode parts = showsThoughts ? thought() : JsonNodeFactory.instance.arrayNode();
            if (chat.answer() instanceof Answer.ToolCalls calls) {
                addCalls(calls, parts);
            } else {
                parts.addObject().put("text", chat.text());
            }
            candidates.add(candidate(choice, parts, finishReason()));
        }
        return ending(body, chat.completionTokens());
    }

    private String finishReason() {
        return chat.finishReason().equals("length") ? "MAX_TOKENS" : "STOP";
    }

    private static ArrayNode thought() {
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        parts.addObject().put("text", "The water thinks.").put("thought", true);
        return parts;
    }

    /** Of calls at once only the first is signed. */
    private void addCalls(Answer.ToolCalls calls, ArrayNode parts) {
        for (Answer.Call call : calls.calls()) {
            ObjectNode part = parts.addObject();
            ObjectNode function = part.putObject("functionCall").put("name", call.name());
            try {
                function.set("args", MAPPER.readTree(call.arguments(chat.length())));
            } catch (JsonProcessingException _) {
                function.putObject("args"); // cut by the limit of tokens
            }
            if (call.start() == 0) {
                part.put("thoughtSignature", GeminiSignature.of(function));
            }
        }
    }

    private static ObjectNode candidate(int choice, ArrayNode parts, @Nullable String finishReason) {
        ObjectNode candidate = JsonNodeFactory.instance.objectNode();
        candidate.putObject("content").put("role", "model").set("parts", parts);
        if (finishReason != null) {
            candidate.put("finishReason", finishReason);
        }
        return candidate.put("index", choice);
    }

    private String event(int choice, ArrayNode parts, @Nullable String finishReason, long said) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putArray("candidates").add(candidate(choice, parts, finishReason));
        return "data: " + ending(body, said) + "\r\n\r\n";
    }

    private ObjectNode ending(ObjectNode body, long said) {
        long prompt = chat.request().promptTokens();
        body.putObject("usageMetadata").put("promptTokenCount", prompt).put("candidatesTokenCount", said)
                .put("totalTokenCount", prompt + thoughts + said).put("thoughtsTokenCount", thoughts);
        return body.put("modelVersion", chat.request().model()).put("responseId", chat.id());
    }
}
