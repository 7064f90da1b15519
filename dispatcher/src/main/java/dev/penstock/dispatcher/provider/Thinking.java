package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * How much a caller wants the model to think, in whichever way it says so: OpenAI's {@code reasoning_effort},
 * OpenRouter's {@code reasoning}, Anthropic's and DeepSeek's {@code thinking}, Qwen's {@code enable_thinking}.
 *
 * @param asked whether it says anything
 * @param effort OpenAI's name for it, such as {@code none}; empty if it does not say
 * @param budget in tokens; 0 if it does not say
 */
record Thinking(boolean asked, String effort, int budget) {
    static Thinking of(JsonNode request) {
        JsonNode reasoning = request.path("reasoning");
        JsonNode thinking = request.path("thinking");
        JsonNode enabled = request.path("enable_thinking");
        boolean off = thinking.path("type").asText().equals("disabled") || isFalse(enabled)
                || isFalse(reasoning.path("enabled"));
        String effort = off
                ? "none"
                : request.path("reasoning_effort").asText(reasoning.path("effort").asText(""));
        int budget = reasoning.path("max_tokens")
                .asInt(thinking.path("budget_tokens").asInt(request.path("thinking_budget").asInt()));
        boolean on = enabled.asBoolean() || reasoning.path("enabled").asBoolean() || thinking.isObject();
        return new Thinking(on || !effort.isEmpty() || budget > 0, effort, effort.equals("none") ? 0 : budget);
    }

    private static boolean isFalse(JsonNode flag) {
        return flag.isBoolean() && !flag.asBoolean();
    }

    boolean off() {
        return effort.equals("none");
    }
}
