package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.jspecify.annotations.Nullable;

/** How a Claude model, or another that knows temperatures up to 1 only, is to sample; null is left out. */
record Sampling(@Nullable JsonNode temperature, @Nullable JsonNode topP, @Nullable JsonNode topK) {
    /** A temperature of 1 is what every model does by itself. */
    static Sampling of(JsonNode request, ClaudeModel model, ClaudeThinking thinking, Gaps gaps) {
        boolean free = !thinking.thinks() && !model.refusesSampling();
        JsonNode temperature = request.hasNonNull("temperature") ? request.get("temperature") : null;
        double degrees = temperature == null ? 1 : temperature.asDouble();
        if (degrees > 1 || !free && degrees != 1) {
            gaps.drop("temperature");
        }
        if (degrees > 1) {
            temperature = JsonNodeFactory.instance.numberNode(1);
        }
        return new Sampling(free ? temperature : null,
                take(request, "top_p", free && !(model.samplesOneWay() && temperature != null), gaps),
                take(request, "top_k", free, gaps));
    }

    private static @Nullable JsonNode take(JsonNode request, String field, boolean taken, Gaps gaps) {
        if (!request.hasNonNull(field)) {
            return null;
        }
        if (!taken) {
            gaps.drop(field);
        }
        return taken ? request.get(field) : null;
    }

    /** The stop sequences; null if there are none. White space alone is refused, so it is left out. */
    static @Nullable ArrayNode stop(JsonNode request, Gaps gaps) {
        JsonNode stop = request.path("stop");
        ArrayNode sequences = JsonNodeFactory.instance.arrayNode();
        for (JsonNode sequence : stop.isArray() ? stop : JsonNodeFactory.instance.arrayNode().add(stop)) {
            if (!sequence.asText("").isBlank()) {
                sequences.add(sequence.asText(""));
            } else if (sequence.isTextual()) {
                gaps.drop("stop");
            }
        }
        return sequences.isEmpty() ? null : sequences;
    }
}
