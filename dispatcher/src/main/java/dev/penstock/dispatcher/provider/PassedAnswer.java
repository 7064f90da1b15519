package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.bus.ApiError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Embeddings and moderations: the client gets what the provider says, byte for byte; only the usage is read. */
final class PassedAnswer implements Answer {
    /** 2048 embeddings of 3072 numbers as text are about as much. */
    private static final int MAX_BYTES = 128 * 1024 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Tally tally;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(8192);
    private @Nullable ApiError failure;

    PassedAnswer(Tally tally) {
        this.tally = tally;
    }

    @Override
    public @Nullable Outcome feed(byte[] bytes) {
        if (body.size() + bytes.length > MAX_BYTES) {
            return cut(Failures.MALFORMED);
        }
        body.writeBytes(bytes);
        return null;
    }

    @Override
    public Outcome end() {
        byte[] whole = body.toByteArray();
        try (JsonParser json = JSON.getFactory().createParser(whole)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return tally.unanswered(Failures.MALFORMED, Spoken.NOTHING);
            }
            read(json, whole);
        } catch (IOException _) {
            return tally.unanswered(Failures.MALFORMED, Spoken.NOTHING);
        }
        return failure == null
                ? new Outcome.Completed(whole, tally.consumption())
                : tally.unanswered(failure, Spoken.NOTHING);
    }

    /** Goes over the numbers without making any. */
    private void read(JsonParser json, byte[] whole) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("usage") && value == JsonToken.START_OBJECT) {
                JsonNode usage = JSON.readTree(json);
                if (usage.path("prompt_tokens").isNumber()) {
                    tally.used(new AnswerEvent.Used(new Usage(usage.path("prompt_tokens").asLong(), 0, 0, 0, 0),
                            Map.of(), Map.of()));
                }
            } else if (field.equals("error") && value != JsonToken.VALUE_NULL) {
                failure = OpenAiErrors.inAnswer(JSON.readTree(whole));
                json.skipChildren();
            } else {
                json.skipChildren();
            }
        }
    }

    /** Whatever the body was to say, it took tokens to say it once it has begun. */
    @Override
    public Outcome cut(ApiError why) {
        return body.size() == 0
                ? tally.unanswered(why, Spoken.NOTHING)
                : new Outcome.Broken(why, tally.consumption(), Spoken.NOTHING);
    }

    @Override
    public Consumption consumption() {
        return tally.consumption();
    }
}
