package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Raw;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the elements of {@code candidates}. Remembers what an answer's later events depend on. */
final class GeminiCandidates {
    /** Far above what {@code candidateCount} may be; a wild index must not make memory grow. */
    private static final int MAX_CANDIDATE = 127;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String toolCallIdPrefix;
    private final List<Progress> progress = new ArrayList<>();
    private final GeminiPart part = new GeminiPart();
    private boolean failed;

    private static final class Progress {
        private final Utf8Offsets said = new Utf8Offsets();
        private int calls;
        private boolean finished;
    }

    GeminiCandidates(String toolCallIdPrefix) {
        this.toolCallIdPrefix = toolCallIdPrefix;
    }

    /** Whether a candidate has ended for a reason that is a failure of the model. */
    boolean failed() {
        return failed;
    }

    /** Reads the candidate at hand; null if it says nothing, or nothing that can be told. */
    @Nullable
    Delta parse(JsonParser json, byte[] text) throws IOException {
        int index = 0;
        String finish = null;
        JsonNode grounding = null;
        JsonNode citations = null;
        String logprobs = null;
        part.begin();
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "content" -> parseContent(json, value, text);
                case "index" -> index = Math.clamp(json.getValueAsInt(), 0, MAX_CANDIDATE);
                case "finishReason" -> finish = json.getValueAsString();
                case "groundingMetadata" -> grounding = JSON.readTree(json);
                case "citationMetadata" -> citations = JSON.readTree(json);
                case "logprobsResult" -> logprobs = GeminiLogprobs.canonical(JSON.readTree(json));
                default -> json.skipChildren();
            }
        }
        return delta(index, finish, grounding, citations, logprobs);
    }

    private void parseContent(JsonParser json, JsonToken start, byte[] text) throws IOException {
        while (start == START_OBJECT && json.nextToken() == FIELD_NAME) {
            boolean parts = json.currentName().equals("parts");
            if (json.nextToken() == START_ARRAY && parts) {
                while (ChatParser.nextObject(json)) {
                    part.parse(json, text);
                }
            } else {
                json.skipChildren();
            }
        }
    }

    private @Nullable Delta delta(int index, @Nullable String finish, @Nullable JsonNode grounding,
            @Nullable JsonNode citations, @Nullable String logprobs) throws IOException {
        while (progress.size() <= index) {
            progress.add(new Progress());
        }
        Progress candidate = progress.get(index);
        String content = part.content();
        if (content != null) {
            candidate.said.append(content);
        }
        var calls = part.calls(toolCallIdPrefix + index + "_", candidate.calls);
        candidate.calls += calls.size();
        List<Raw> passed = part.images();
        if (grounding != null || citations != null) {
            String annotations = GeminiAnnotations.of(grounding, citations, candidate.said);
            if (annotations != null) {
                passed = new ArrayList<>(passed);
                passed.add(new Raw("annotations", annotations));
            }
        }
        FinishReason ended = finish == null || candidate.finished ? null : finishReason(finish, candidate.calls > 0);
        candidate.finished |= ended != null;
        var delta = new Delta(index, content, part.reasoning(), null, calls, passed, logprobs, ended);
        return delta.isEmpty() ? null : delta;
    }

    /** Null if it is the model's failure, or none. */
    private @Nullable FinishReason finishReason(String finish, boolean called) {
        return switch (finish) {
            case "", "FINISH_REASON_UNSPECIFIED" -> null;
            case "MAX_TOKENS" -> FinishReason.LENGTH;
            case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
                    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION" ->
                FinishReason.CONTENT_FILTER;
            case "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE" -> {
                failed = true;
                yield null;
            }
            default -> called ? FinishReason.TOOL_CALLS : FinishReason.STOP;
        };
    }
}
