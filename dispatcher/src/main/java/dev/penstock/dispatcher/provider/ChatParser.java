package dev.penstock.dispatcher.provider;

import static com.fasterxml.jackson.core.JsonToken.END_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.dispatcher.provider.AnswerEvent.Delta;
import dev.penstock.dispatcher.provider.AnswerEvent.Origin;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the chunks of one streamed chat completion, or the one object of another: they differ in nothing but
 * {@code delta} and {@code message}. Each is read once, in the order it comes, without a tree. Confined to one thread.
 */
final class ChatParser {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Quirks quirks;
    private final ChoiceParser choices;
    private final List<Delta> deltas = new ArrayList<>();
    private Origin origin = new Origin(0, null, null, null);

    /** @param toolCallIdPrefix of the tool calls to which the provider gives no id */
    ChatParser(Quirks quirks, String toolCallIdPrefix) {
        this.quirks = quirks;
        this.choices = new ChoiceParser(toolCallIdPrefix);
    }

    /** Reads one event of a stream. */
    void parseEvent(String type, byte[] data, int length, Consumer<AnswerEvent> events) {
        if (isDone(data, length)) {
            events.accept(new AnswerEvent.Done());
        } else if (type.equals("error")) {
            try {
                fail(data, length, events);
            } catch (IOException _) {
                events.accept(new AnswerEvent.Failed(Failures.FAILED));
            }
        } else {
            parse(data, length, events);
        }
    }

    private static boolean isDone(byte[] data, int length) {
        return length >= 6 && data[0] == '[' && data[1] == 'D' && data[2] == 'O' && data[3] == 'N' && data[4] == 'E'
                && data[5] == ']';
    }

    /** Reads one JSON text; garbage gives {@link AnswerEvent.Failed}. */
    void parse(byte[] text, int length, Consumer<AnswerEvent> events) {
        try (JsonParser json = JSON.getFactory().createParser(text, 0, length)) {
            if (json.nextToken() != START_OBJECT || !parseObject(json, text, events)) {
                fail(text, length, events);
            }
        } catch (IOException _) {
            events.accept(new AnswerEvent.Failed(Failures.MALFORMED));
        }
    }

    /** The error that a JSON text is known to be about. */
    private static void fail(byte[] text, int length, Consumer<AnswerEvent> events) throws IOException {
        events.accept(new AnswerEvent.Failed(OpenAiErrors.inAnswer(JSON.readTree(text, 0, length))));
    }

    /** Fields come in any order, so the events wait for the end of the object. False if it tells of an error. */
    private boolean parseObject(JsonParser json, byte[] text, Consumer<AnswerEvent> events) throws IOException {
        AnswerEvent.@Nullable Used used = null;
        long created = origin.created();
        String model = origin.model();
        String serviceTier = origin.serviceTier();
        String fingerprint = origin.systemFingerprint();
        boolean failed = false;
        deltas.clear();
        while (json.nextToken() == FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            switch (field) {
                case "choices" -> failed |= !parseChoices(json, text);
                case "created" -> created = created == 0 ? json.getValueAsLong() : created;
                case "model" -> model = text(json, model);
                case "service_tier" -> serviceTier = text(json, serviceTier);
                case "system_fingerprint" -> fingerprint = text(json, fingerprint);
                case "usage" -> used = value == START_OBJECT
                        ? OpenAiUsage.read(JSON.<JsonNode>readTree(json), quirks)
                        : used;
                case "x_groq" -> used = value == START_OBJECT ? groqUsage(json, used) : used;
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
        var now = new Origin(created, model, serviceTier, fingerprint);
        if (!now.equals(origin)) {
            origin = now;
            events.accept(origin);
        }
        for (int i = 0; i < deltas.size(); i++) {
            events.accept(deltas.get(i));
        }
        if (used != null) {
            events.accept(used);
        }
        if (choices.failed()) {
            events.accept(new AnswerEvent.Failed(Failures.FAILED));
        }
        return true;
    }

    private boolean parseChoices(JsonParser json, byte[] text) throws IOException {
        boolean sound = true;
        if (json.currentToken() == START_ARRAY) {
            while (nextObject(json)) {
                sound &= choices.parse(json, text, deltas);
            }
        }
        return sound;
    }

    /** Goes to the next object of an array, past anything else that is in it; false at its end. */
    static boolean nextObject(JsonParser json) throws IOException {
        JsonToken token = json.nextToken();
        while (token != START_OBJECT && token != END_ARRAY) {
            json.skipChildren();
            token = json.nextToken();
        }
        return token == START_OBJECT;
    }

    /** Older models of Groq say their usage here only. */
    private AnswerEvent.@Nullable Used groqUsage(JsonParser json, AnswerEvent.@Nullable Used used)
            throws IOException {
        JsonNode groq = JSON.readTree(json);
        JsonNode usage = groq.path("usage");
        return used == null && usage.isObject() ? OpenAiUsage.read(usage, quirks) : used;
    }

    /** The text at hand; the known object if it is the same, which it is in all chunks but the first. */
    static @Nullable String text(JsonParser json, @Nullable String known) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            return known;
        }
        int length = json.getTextLength();
        if (known != null && known.length() == length) {
            char[] chars = json.getTextCharacters();
            int offset = json.getTextOffset();
            int i = 0;
            while (i < length && known.charAt(i) == chars[offset + i]) {
                i++;
            }
            if (i == length) {
                return known;
            }
        }
        return length == 0 ? known : json.getText();
    }
}
