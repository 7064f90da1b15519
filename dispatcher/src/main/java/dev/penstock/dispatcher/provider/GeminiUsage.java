package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's {@code usageMetadata}, and in which tier the answer was served, by OpenAI's names. Gemini counts beside each other what OpenAI counts together: the results of its own tools
 * beside the prompt, thoughts beside the answer.
 *
 * <p>Sound that was read from the cache is counted as cached, as its price is.
 *
 * @see <a href="https://ai.google.dev/api/generate-content#UsageMetadata">UsageMetadata</a>
 */
record GeminiUsage(AnswerEvent.Used used, @Nullable String serviceTier) {
    /** Reads the object at hand. */
    static GeminiUsage read(JsonParser json) throws IOException {
        String tier = null;
        long prompt = 0;
        long toolUse = 0;
        long candidates = 0;
        long thoughts = 0;
        long cached = 0;
        long audioIn = 0;
        long audioCached = 0;
        long audioOut = 0;
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "promptTokenCount" -> prompt = json.getValueAsLong();
                case "toolUsePromptTokenCount" -> toolUse = json.getValueAsLong();
                case "candidatesTokenCount" -> candidates = json.getValueAsLong();
                case "thoughtsTokenCount" -> thoughts = json.getValueAsLong();
                case "cachedContentTokenCount" -> cached = json.getValueAsLong();
                case "promptTokensDetails" -> audioIn = audio(json, value);
                case "cacheTokensDetails" -> audioCached = audio(json, value);
                case "candidatesTokensDetails" -> audioOut = audio(json, value);
                case "serviceTier", "trafficType" -> tier = tier(json.getText());
                default -> json.skipChildren();
            }
        }
        return new GeminiUsage(new AnswerEvent.Used(new Usage(prompt + toolUse, candidates + thoughts, cached, 0,
                thoughts, 0, Math.max(0, audioIn - audioCached), audioOut), named(audioIn), named(audioOut)), tier);
    }

    /** As the Gemini API and Vertex AI say it; null if it is none that has a price of its own. */
    private static @Nullable String tier(String theirs) {
        return switch (theirs) {
            case "standard", "ON_DEMAND" -> "default";
            case "flex", "ON_DEMAND_FLEX" -> "flex";
            case "priority", "ON_DEMAND_PRIORITY" -> "priority";
            default -> null;
        };
    }

    private static Map<String, Long> named(long audio) {
        return audio > 0 ? Map.of("audio_tokens", audio) : Map.of();
    }

    /** {@code [{"modality":"TEXT","tokenCount":9},{"modality":"AUDIO","tokenCount":258}]}. */
    private static long audio(JsonParser json, JsonToken start) throws IOException {
        long audio = 0;
        while (start == START_ARRAY && ChatParser.nextObject(json)) {
            boolean counts = false;
            long tokens = 0;
            while (json.nextToken() == FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("modality")) {
                    counts = value == VALUE_STRING && json.getText().equals("AUDIO");
                } else if (field.equals("tokenCount")) {
                    tokens = json.getValueAsLong();
                }
                json.skipChildren();
            }
            audio += counts ? tokens : 0;
        }
        return audio;
    }
}
