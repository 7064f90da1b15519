package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.RequestEnvelope;

/**
 * What the caller has been told of an answer that broke off, by all attempts together: as much as another provider has to
 * know to go on with it.
 *
 * @param text empty where nothing of it was shown
 * @param tokens of the text, by estimate
 * @param created the time that the caller's chunks bear, in seconds since 1970; 0: that of acceptance
 */
public record Spoken(String text, long tokens, long created) {
    /** Nothing: the answer can be begun again. */
    static final Spoken NOTHING = new Spoken("", 0, 0);

    /** What had been told before this attempt. */
    static Spoken before(RequestEnvelope envelope) {
        Continued continued = envelope.getContinued();
        return continued == null
                ? NOTHING
                : new Spoken(continued.getText(), continued.getTextTokens(), continued.getCreated());
    }

    /** The most tokens that the prompt is longer by for who goes on with this text. */
    public static long addedInput(String text) {
        return Continuation.addedInput(text);
    }

    /** The most tokens that who goes on with this text may write beyond the limit, to say its last words again. */
    public static long addedOutput(String text) {
        return Continuation.addedOutput(text);
    }
}
