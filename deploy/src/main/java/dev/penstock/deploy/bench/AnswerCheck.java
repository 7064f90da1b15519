package dev.penstock.deploy.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.deploy.simulator.Script;
import java.io.IOException;

/**
 * Holds one answer against the script, as its JSON comes: chunks of a stream, or the whole in one. It reads the few fields
 * that matter wherever they stand, so that a gateway may add others; it is a token reader and not a tree because the
 * client must be cheaper than what it measures.
 */
final class AnswerCheck {
    private static final JsonFactory JSON = new JsonFactory();

    private long tokens;
    private long counted = -1;
    private boolean finished;
    private Verdict wrong = Verdict.WHOLE;

    /** Takes the next JSON object of the answer; whether it had text. */
    boolean take(byte[] json, int offset, int length) {
        long before = tokens;
        try (JsonParser parser = JSON.createParser(json, offset, length)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    field(parser);
                }
            }
        } catch (IOException _) {
            blame(Verdict.LOST);
        }
        return tokens > before;
    }

    private void field(JsonParser parser) throws IOException {
        switch (parser.currentName()) {
            case "content" -> {
                if (parser.nextToken() == JsonToken.VALUE_STRING) {
                    text(parser.getText());
                }
            }
            case "finish_reason" -> finished |= parser.nextToken() == JsonToken.VALUE_STRING;
            case "completion_tokens" -> counted = parser.nextLongValue(-1);
            default -> {
                // Of no interest; its value is passed over, or searched if it has fields.
            }
        }
    }

    private void text(String text) {
        for (int at = 0; at < text.length();) {
            String due = Script.piece(tokens);
            if (!text.startsWith(due, at)) {
                boolean again = tokens > 0 && text.startsWith(Script.piece(tokens - 1), at);
                blame(again ? Verdict.DOUBLED : Verdict.OUT_OF_ORDER);
                return;
            }
            at += due.length();
            tokens++;
        }
    }

    private void blame(Verdict verdict) {
        if (wrong == Verdict.WHOLE) {
            wrong = verdict;
        }
    }

    long tokens() {
        return tokens;
    }

    /** The verdict when the answer has come to its proper end: the first fault that was found, if any. */
    Verdict verdict(long expected) {
        if (wrong != Verdict.WHOLE) {
            return wrong;
        }
        if (!finished || tokens < expected) {
            return Verdict.LOST;
        }
        return tokens == expected && counted == expected ? Verdict.WHOLE : Verdict.MISCOUNTED;
    }
}
