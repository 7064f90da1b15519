package dev.penstock.ingress.admission;

import dev.penstock.schemas.bus.ApiError;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a request says beside its body, gathered while that is copied; and the rules between its fields. */
final class Facts {
    String model = "";
    boolean stream;
    boolean streamOptions;
    boolean includeUsage;
    @Nullable
    Integer maxTokens;
    @Nullable
    Integer maxCompletionTokens;
    int n = 1;
    boolean logprobs;
    boolean topLogprobs;
    boolean tools;
    boolean needsTools;
    boolean jsonSchema;
    boolean store;
    @Nullable
    String user;
    @Nullable
    String safetyIdentifier;
    final Map<String, String> metadata = new HashMap<>();
    int images;
    /** Those of the images that are to be looked at roughly. */
    int lowImages;
    int recordings;
    /** Files in the prompt, and answers of the model that were spoken. */
    int files;
    /** Bytes of the body that are images or recordings, and not text that a model reads. */
    int mediaBytes;
    boolean cacheControl;
    boolean audioAnswer;
    @Nullable
    String serviceTier;
    /** The parameter that asks for something that is not paid for by tokens. */
    @Nullable
    String extra;

    /** Which rule between fields is broken, or null. */
    @Nullable
    ApiError conflict() {
        if (streamOptions && !stream) {
            return Violations.conflict("stream_options",
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
        }
        if (topLogprobs && !logprobs) {
            return Violations.conflict("top_logprobs",
                    "Invalid value for 'top_logprobs': 'top_logprobs' is only allowed when 'logprobs' is enabled.");
        }
        if (needsTools && !tools) {
            return Violations.conflict("tool_choice",
                    "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.");
        }
        return null;
    }

    /** The request, once all of it is copied. Of two limits the newer one is carried. */
    ChatRequest request(Copier copied) {
        Integer max = maxCompletionTokens == null ? maxTokens : maxCompletionTokens;
        String limit = "";
        if (max != null) {
            limit = (maxCompletionTokens == null ? "\"max_tokens\":" : "\"max_completion_tokens\":") + max + ",";
        }
        byte[] body = copied.bytes(limit.getBytes(StandardCharsets.US_ASCII));
        return new ChatRequest(model, stream, includeUsage, max, n,
                new ChatRequest.Prompt(body.length - mediaBytes, images, lowImages, recordings + files, tools,
                        cacheControl, 1),
                new ChatRequest.Terms(serviceTier, audioAnswer, extra),
                new ChatRequest.Traits(jsonSchema, safetyIdentifier == null ? user : safetyIdentifier, metadata), store,
                body);
    }
}
