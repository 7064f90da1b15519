package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * How a Claude model is told to think, from {@code reasoning_effort}, OpenRouter's {@code reasoning} or Anthropic's own
 * {@code thinking}, which is passed on.
 *
 * @param thinking Anthropic's field of that name; null to leave it out
 * @param effort {@code output_config.effort}; null to leave it out
 */
record ClaudeThinking(@Nullable ObjectNode thinking, @Nullable String effort) {
    static final ClaudeThinking UNSAID = new ClaudeThinking(null, null);
    private static final int LEAST_BUDGET = 1_024;

    /**
     * Thinking by a budget is turned off where Anthropic would refuse it: if a tool is forced, if the answer is to be no
     * longer than the least budget, and if the last turn called tools and its thoughts are lost.
     *
     * @param maxTokens what may be written, thoughts included
     */
    static ClaudeThinking of(JsonNode request, ClaudeModel model, int maxTokens, boolean forced, boolean thoughtsLost,
            Gaps gaps) {
        boolean noBudget = forced || thoughtsLost || maxTokens <= LEAST_BUDGET;
        if (request.path("thinking") instanceof ObjectNode given) {
            if (noBudget && given.path("type").asText("").equals("enabled")) {
                gaps.drop("thinking");
                return UNSAID;
            }
            return new ClaudeThinking(given, null);
        }
        JsonNode reasoning = request.path("reasoning");
        String field = request.hasNonNull("reasoning_effort") ? "reasoning_effort" : "reasoning";
        String effort = request.path("reasoning_effort").asText(reasoning.path("effort").asText(
                reasoning.path("enabled").asBoolean(true) ? reasoning.isObject() ? "medium" : "" : "none"));
        if (effort.isEmpty()) {
            return UNSAID;
        }
        if (effort.equals("none")) {
            return off(model);
        }
        return switch (model.thinking()) {
            case NONE -> {
                gaps.drop(field);
                yield UNSAID;
            }
            case BUDGET -> {
                if (noBudget) {
                    gaps.drop(field);
                    yield UNSAID;
                }
                int budget = reasoning.path("max_tokens").asInt(budget(effort));
                yield new ClaudeThinking(object("enabled").put("budget_tokens",
                        Math.max(LEAST_BUDGET, Math.min(budget, maxTokens / 4 * 3))), null);
            }
            case ADAPTIVE -> {
                ObjectNode adaptive = object("adaptive");
                if (model.hidesThoughts()) {
                    adaptive.put("display", "summarized");
                }
                yield new ClaudeThinking(adaptive, model.effort(effort));
            }
        };
    }

    private static ClaudeThinking off(ClaudeModel model) {
        String off = model.thinkingOff();
        return off != null
                ? new ClaudeThinking(object(off), null)
                : model.alwaysThinks() ? new ClaudeThinking(null, model.effort("low")) : UNSAID;
    }

    /** The budgets that LiteLLM gives, carried on. */
    private static int budget(String effort) {
        return switch (effort) {
            case "minimal", "low" -> LEAST_BUDGET;
            case "medium" -> 2_048;
            case "high" -> 4_096;
            case "xhigh" -> 8_192;
            default -> 16_384;
        };
    }

    private static ObjectNode object(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    /** Whether it was told to. */
    boolean thinks() {
        return thinking != null && !thinking.path("type").asText("").equals("disabled");
    }

    boolean byBudget() {
        return thinking != null && thinking.path("type").asText("").equals("enabled");
    }
}
