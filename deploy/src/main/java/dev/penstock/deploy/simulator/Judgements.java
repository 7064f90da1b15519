package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

/**
 * What models say that do not write: {@code sim-embed} gives every text a vector of length 1 that depends on it alone,
 * {@code sim-moderation} takes whatever speaks of killing for violence. Both answer at once, by OpenAI's shapes
 * (CreateEmbeddingResponse and CreateModerationResponse in its OpenAPI description).
 */
final class Judgements {
    static final String EMBEDDER = "sim-embed";
    static final String MODERATOR = "sim-moderation";

    private static final int DIMENSIONS = 64;
    private static final List<String> CATEGORIES = List.of("hate", "hate/threatening", "harassment",
            "harassment/threatening", "illicit", "illicit/violent", "self-harm", "self-harm/intent",
            "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic");

    private Judgements() {}

    /** The vectors of a request's texts, in their order; a row of tokens is a text as well. */
    static ObjectNode embeddings(JsonNode request) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("object", "list");
        var data = answer.putArray("data");
        int dimensions = request.path("dimensions").asInt(DIMENSIONS);
        long tokens = 0;
        for (String text : inputs(request.path("input"))) {
            ObjectNode embedding = data.addObject().put("object", "embedding").put("index", data.size() - 1);
            float[] vector = vector(text, dimensions);
            if (request.path("encoding_format").asText().equals("base64")) {
                embedding.put("embedding", base64(vector));
            } else {
                var numbers = embedding.putArray("embedding");
                for (float number : vector) {
                    numbers.add(number);
                }
            }
            tokens += Math.ceilDiv(text.getBytes(StandardCharsets.UTF_8).length, 4);
        }
        answer.put("model", EMBEDDER).putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return answer;
    }

    /** A result for every text of a request. */
    static ObjectNode moderation(JsonNode request) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("id", "modr-" + UUID.randomUUID())
                .put("model", MODERATOR);
        var results = answer.putArray("results");
        for (String text : inputs(request.path("input"))) {
            boolean violent = text.toLowerCase(Locale.ROOT).contains("kill");
            ObjectNode result = results.addObject().put("flagged", violent);
            ObjectNode categories = result.putObject("categories");
            ObjectNode scores = result.putObject("category_scores");
            ObjectNode types = result.putObject("category_applied_input_types");
            for (String category : CATEGORIES) {
                boolean applies = violent && category.equals("violence");
                categories.put(category, applies);
                scores.put(category, applies ? 0.9 : 0.01);
                types.putArray(category).add("text");
            }
        }
        return answer;
    }

    private static List<String> inputs(JsonNode input) {
        if (!input.isArray() || input.path(0).isNumber()) {
            return List.of(text(input));
        }
        var texts = new ArrayList<String>();
        input.forEach(item -> texts.add(text(item)));
        return texts;
    }

    private static String text(JsonNode input) {
        return input.isTextual() ? input.textValue() : input.path("text").asText(input.toString());
    }

    private static float[] vector(String text, int dimensions) {
        var random = new Random(text.hashCode());
        var vector = new float[dimensions];
        double squares = 0;
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian();
            squares += vector[i] * vector[i];
        }
        for (int i = 0; i < dimensions; i++) {
            vector[i] /= (float) Math.sqrt(squares);
        }
        return vector;
    }

    /** As OpenAI has it: the floats' bytes, the lowest first. */
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : vector) {
            bytes.putFloat(number);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
