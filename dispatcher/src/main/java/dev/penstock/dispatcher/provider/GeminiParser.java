package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a GenerateContentResponse of Gemini, which is a whole answer and each event of a streamed one alike. Each is
 * read once, in the order it comes; there are no trees but of what is rare. Confined to one thread.
 *
 * @see <a href="https://ai.google.dev/api/generate-content#generatecontentresponse">GenerateContentResponse</a>
 */
final class GeminiParser {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final GeminiCandidates candidates;
    private final List<Delta> deltas = new ArrayList<>();
    private Origin origin = new Origin(0, null, null, null);

    /** @param toolCallIdPrefix of the tool calls, to most of which Gemini gives no id */
    GeminiParser(String toolCallIdPrefix) {
        candidates = new GeminiCandidates(toolCallIdPrefix);
    }

    /** Reads one JSON text; garbage gives {@link AnswerEvent.Failed}. */
    void parse(byte[] text, int length, Consumer<AnswerEvent> events) {
        try (JsonParser json = JSON.getFactory().createParser(text, 0, length)) {
            if (json.nextToken() != START_OBJECT || !parseObject(json, text, events)) {
                events.accept(new AnswerEvent.Failed(GeminiErrors.inAnswer(JSON.readTree(text, 0, length))));
            }
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    /** Fields come in any order, so the events wait for the end of the object. False if it tells of an error. */
    private boolean parseObject(JsonParser json, byte[] text, Consumer<AnswerEvent> events) throws IOException {
        @Nullable
        GeminiUsage used = null;
        String named = origin.model();
        boolean blocked = false;
        boolean failed = false;
        deltas.clear();
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "candidates" -> parseCandidates(json, value, text);
                case "usageMetadata" -> used = value == START_OBJECT ? GeminiUsage.read(json) : used;
                case "modelVersion" -> named = ChatParser.text(json, named);
                case "promptFeedback" -> blocked = value == START_OBJECT && isBlocked(json);
                case "error" -> {
                    failed |= value != VALUE_NULL;
                    json.skipChildren();
                }
                default -> json.skipChildren();
            }
        }
        if (failed) {
            return false;
        }
        var now = new Origin(0, named, used == null ? origin.serviceTier() : used.serviceTier(), null);
        if (!now.equals(origin)) {
            origin = now;
            events.accept(origin);
        }
        if (blocked && deltas.isEmpty()) {
            deltas.add(new Delta(0, null, null, null, List.of(), List.of(), null, FinishReason.CONTENT_FILTER));
        }
        for (int i = 0; i < deltas.size(); i++) {
            events.accept(deltas.get(i));
        }
        if (used != null) {
            events.accept(used.used());
        }
        if (candidates.failed()) {
            events.accept(new AnswerEvent.Failed(Failures.FAILED));
        }
        return true;
    }

    private void parseCandidates(JsonParser json, JsonToken start, byte[] text) throws IOException {
        if (start != START_ARRAY) {
            json.skipChildren();
            return;
        }
        while (ChatParser.nextObject(json)) {
            Delta delta = candidates.parse(json, text);
            if (delta != null) {
                deltas.add(delta);
            }
        }
    }

    /** A prompt that is not answered has a reason for it, and no candidates. */
    private static boolean isBlocked(JsonParser json) throws IOException {
        boolean blocked = false;
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            blocked |= json.nextToken() == VALUE_STRING && field.equals("blockReason");
            json.skipChildren();
        }
        return blocked;
    }
}
