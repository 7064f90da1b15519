package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Gemini's {@code logprobsResult}: the chosen tokens, and beside them what was likeliest in each place. */
final class GeminiLogprobs {
    private GeminiLogprobs() {}

    /** The JSON of OpenAI's {@code logprobs}; null if there are none. */
    static @Nullable String canonical(JsonNode result) {
        JsonNode chosen = result.path("chosenCandidates");
        if (chosen.isEmpty()) {
            return null;
        }
        ObjectNode logprobs = JsonNodeFactory.instance.objectNode();
        ArrayNode content = logprobs.putArray("content");
        for (int i = 0; i < chosen.size(); i++) {
            ObjectNode token = content.addObject();
            write(token, chosen.path(i));
            ArrayNode top = token.putArray("top_logprobs");
            result.path("topCandidates").path(i).path("candidates")
                    .forEach(candidate -> write(top.addObject(), candidate));
        }
        return logprobs.putNull("refusal").toString();
    }

    private static void write(ObjectNode token, JsonNode candidate) {
        String text = candidate.path("token").asText();
        token.put("token", text).put("logprob", candidate.path("logProbability").asDouble());
        ArrayNode bytes = token.putArray("bytes");
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(b & 0xFF);
        }
    }
}
