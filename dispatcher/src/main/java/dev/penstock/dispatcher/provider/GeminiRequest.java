package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/**
 * Makes a GenerateContentRequest of a chat completion's.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">generateContent</a>
 */
final class GeminiRequest {
    /** OpenAI's names and Gemini's, of values that are the same. */
    private static final Map<String, String> SAME = Map.of("temperature", "temperature", "top_p", "topP", "top_k",
            "topK", "presence_penalty", "presencePenalty", "frequency_penalty", "frequencyPenalty", "logprobs",
            "responseLogprobs", "top_logprobs", "logprobs");

    private static final FieldRules PARAMETERS = new FieldRules(
            Set.of("messages", "temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "n", "stop",
                    "seed", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "tools", "tool_choice",
                    "response_format", "reasoning_effort", "reasoning", "thinking", "enable_thinking",
                    "thinking_budget", "web_search_options"),
            Set.of("user", "safety_identifier", "metadata", "store", "service_tier", "prompt_cache_key",
                    "prompt_cache_retention", "prompt_cache_options", "prediction", "verbosity",
                    "parallel_tool_calls"));

    private final JsonNode asked;
    private final GeminiModel model;
    private final GeminiContents contents;

    /** @param gaps what is asked for and Gemini has not is noted there */
    GeminiRequest(JsonNode asked, GeminiModel model, Gaps gaps) {
        this.asked = asked;
        this.model = model;
        this.contents = new GeminiContents(model.needsSignatures(), gaps);
        gaps.check(asked, PARAMETERS);
        asked.path("messages").forEach(contents::add);
        GeminiTools.check(asked.path("tools"), gaps);
    }

    /** How often to send it, for as many choices. */
    int calls() {
        int choices = Translation.choices(asked);
        return model.givesChoices(choices) ? 1 : choices;
    }

    ObjectNode body() {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        contents.writeTo(request);
        GeminiTools.write(asked, model, request);
        ObjectNode config = generationConfig();
        if (!config.isEmpty()) {
            request.set("generationConfig", config);
        }
        return request;
    }

    private ObjectNode generationConfig() {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        SAME.forEach((theirs, ours) -> {
            if (asked.hasNonNull(theirs)) {
                config.set(ours, asked.get(theirs));
            }
        });
        JsonNode most = asked.path("max_completion_tokens");
        most = most.isNumber() ? most : asked.path("max_tokens");
        if (most.isNumber()) {
            config.set("maxOutputTokens", most);
        }
        int choices = Translation.choices(asked);
        if (choices > 1 && model.givesChoices(choices)) {
            config.put("candidateCount", choices);
        }
        if (asked.path("seed").isNumber()) {
            // Gemini's is of 32 bits; the same seed stays the same.
            config.put("seed", (int) asked.path("seed").asLong());
        }
        stop(asked.path("stop"), config);
        responseFormat(asked.path("response_format"), config);
        model.think(Thinking.of(asked), !asked.at("/reasoning/exclude").asBoolean(), config);
        return config;
    }

    private static void stop(JsonNode stop, ObjectNode config) {
        if (stop.isTextual()) {
            config.putArray("stopSequences").add(stop.asText());
        } else if (!stop.isEmpty()) {
            config.putArray("stopSequences").addAll((ArrayNode) stop);
        }
    }

    private void responseFormat(JsonNode format, ObjectNode config) {
        String type = format.path("type").asText();
        if (!type.equals("json_object") && !type.equals("json_schema")) {
            return;
        }
        config.put("responseMimeType", "application/json");
        JsonNode schema = format.at("/json_schema/schema");
        if (schema.isObject() && model.takesJsonSchema()) {
            config.set("responseJsonSchema", schema);
        } else if (schema.isObject()) {
            config.set("responseSchema", GeminiSchema.subset(schema));
        }
    }
}
