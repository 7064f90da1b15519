package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Ollama's own {@code /api/chat}, whose streams are lines of JSON. The model speaks; it neither thinks nor calls tools.
 *
 * @see <a href="https://docs.ollama.com/api/chat">Generate a chat message</a>
 */
final class OllamaDialect implements Dialect {
    /** Says it in OpenAI's words, so that there is one understanding of what is asked. It streams unless told not to. */
    @Override
    public Reading read(JsonNode body) {
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("model", body.path("model").asText())
                .put("stream", body.path("stream").asBoolean(true));
        asked.set("messages", body.path("messages"));
        asked.set("max_tokens", body.at("/options/num_predict"));
        return ChatRequest.read(asked);
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        return JsonNodeFactory.instance.objectNode().put("error", failure.message());
    }

    @Override
    public Wording wording(Chat chat) {
        return new OllamaWording(chat);
    }

    @Override
    public String streamType() {
        return "application/x-ndjson";
    }

    @Override
    public String failed(ApiFailure failure) {
        return error(failure, 0) + "\n";
    }
}
