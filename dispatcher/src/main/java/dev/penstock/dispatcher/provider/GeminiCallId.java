package dev.penstock.dispatcher.provider;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What the id of a function call tells when it comes back. Gemini 3 refuses a call without the signature of the thought
 * that led to it. In the {@link CarriedState} a first byte of flags stands before the signature.
 *
 * @param own the id that Gemini gave the call; null if it gave none
 * @param signature null if there was none, or it was too long to carry
 * @see <a href="https://ai.google.dev/gemini-api/docs/thought-signatures">Thought signatures</a>
 */
record GeminiCallId(@Nullable String own, @Nullable String signature) {
    private static final int OWN_ID = 1;
    /** The signature stands there as the bytes of its base64. */
    private static final int DECODED = 2;

    /** The id for the client. */
    static String carrying(String id, boolean own, @Nullable String signature) {
        if (!own && (signature == null || signature.isEmpty())) {
            return id;
        }
        String text = signature == null ? "" : signature;
        byte[] decoded = decoded(text);
        byte[] bytes = decoded == null ? text.getBytes(StandardCharsets.UTF_8) : decoded;
        var state = new byte[1 + bytes.length];
        state[0] = (byte) ((own ? OWN_ID : 0) | (decoded == null ? 0 : DECODED));
        System.arraycopy(bytes, 0, state, 1, bytes.length);
        return CarriedState.GEMINI.attach(id, state);
    }

    /** What an id from a client tells, be it whose it may. */
    static GeminiCallId read(String id) {
        byte[] state = CarriedState.GEMINI.read(id);
        if (state == null || state.length == 0) {
            return new GeminiCallId(null, null);
        }
        byte[] bytes = Arrays.copyOfRange(state, 1, state.length);
        String signature = (state[0] & DECODED) == 0
                ? new String(bytes, StandardCharsets.UTF_8)
                : Base64.getEncoder().encodeToString(bytes);
        return new GeminiCallId((state[0] & OWN_ID) == 0 ? null : CarriedState.strip(id),
                signature.isEmpty() ? null : signature);
    }

    /** The bytes of base64 that they encode to again, which saves a quarter; null of any other text. */
    private static byte @Nullable [] decoded(String text) {
        try {
            byte[] decoded = Base64.getDecoder().decode(text);
            return Base64.getEncoder().encodeToString(decoded).equals(text) ? decoded : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
