package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * The beginning of the script as another model said it, for this one to go on with.
 *
 * @param told how many characters of it
 * @param from where this one begins: there, or before, if it says some of it again
 */
record Beginning(int told, int from) {
    /** Nothing was said before. */
    static final Beginning NONE = new Beginning(0, 0);
    private static final Set<String> ANSWERING = Set.of("assistant", "model");
    private static final String BREAK = "Your answer broke off.";
    private static final String LAST_WORDS = "exactly as they are: ";

    /**
     * What a conversation has for its last answer, if that stands last, or if what stands after it says that it broke off;
     * then the last words are said again, as asked.
     *
     * @param again how many characters are said again whatever is asked; negative: as asked
     */
    static Beginning of(JsonNode messages, int again) {
        JsonNode last = messages.path(messages.size() - 1);
        String asked = text(last);
        boolean broke = asked.startsWith(BREAK);
        JsonNode answer = broke ? messages.path(messages.size() - 2) : last;
        String told = ANSWERING.contains(answer.path("role").asText()) ? text(answer) : "";
        if (told.isEmpty() || !Script.isBeginning(told)) {
            return NONE;
        }
        int lastWords = broke ? asked.length() - asked.indexOf(LAST_WORDS) - LAST_WORDS.length() : 0;
        return new Beginning(told.length(), Math.max(0, told.length() - (again < 0 ? lastWords : again)));
    }

    private static String text(JsonNode message) {
        JsonNode content = message.path("content");
        return content.isArray() ? content.path(0).path("text").asText() : content.asText();
    }

    /** A fault where it strikes in what is left to be said; one that has struck before strikes no more. */
    Fault left(Fault fault) {
        if (told == 0 || !(fault instanceof Fault.AfterTokens late)) {
            return fault;
        }
        long left = late.tokens() - Script.pieceAt(from);
        if (late.tokens() <= Script.pieceAt(told)) {
            return new Fault.None();
        }
        return switch (late) {
            case Fault.Stall _ -> new Fault.Stall(left);
            case Fault.Drop _ -> new Fault.Drop(left);
            case Fault.ErrorEvent _ -> new Fault.ErrorEvent(left);
        };
    }
}
