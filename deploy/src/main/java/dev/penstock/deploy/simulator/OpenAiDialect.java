package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** OpenAI's chat completions. */
final class OpenAiDialect implements Dialect {
    @Override
    public Reading read(JsonNode body) {
        return ChatRequest.read(body);
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        return failure.json();
    }

    @Override
    public Wording wording(Chat chat) {
        return new Chunks(chat);
    }
}
