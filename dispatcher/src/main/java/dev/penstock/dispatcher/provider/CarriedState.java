package dev.penstock.dispatcher.provider;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reasoning that a provider wants back unchanged in the next turn of a tool loop, and that no plain OpenAI client gives
 * back: it travels in the one thing they all return, the id of a tool call. So nothing is stored, and any dispatcher can
 * take the next turn.
 *
 * <p>
 * Such an id is the provider's own, then {@code __pst_}, the owner's letter, and the state in base64url: letters,
 * digits, {@code _} and {@code -} only, which is all that the strictest provider takes. The letter is a capital if the
 * state is deflated. State that would be too long is left out, and the dialect does what its provider asks for where
 * there is none. What comes back comes from a client: it is bounded, and garbage is no state.
 */
enum CarriedState {
    ANTHROPIC('a'), BEDROCK('b'), GEMINI('g'), OPENAI('o');

    /** The longest id that is made. A turn's ids are sent twice, with the call and with its result. */
    static final int MAX_ID = 16 * 1024;

    private static final String MARK = "__pst_";
    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.US_ASCII);
    /** How far a byte at the end of the window lets it jump, after Horspool. */
    private static final byte[] JUMPS = jumps();
    /** Of an id that inflates: what text may hold that deflates to an id of the greatest length. */
    private static final int MAX_STATE = 256 * 1024;
    /** Below it deflating does not pay. */
    private static final int WORTH_DEFLATING = 128;

    private final char letter;

    CarriedState(char letter) {
        this.letter = letter;
    }

    /** The id to give to the client; the provider's own if the state is empty or too long. */
    String attach(String id, byte[] state) {
        if (state.length == 0 || state.length > MAX_STATE) {
            return id;
        }
        byte[] deflated = state.length < WORTH_DEFLATING ? state : deflate(state);
        boolean shorter = deflated.length < state.length;
        String carrying = id + MARK + (shorter ? Character.toUpperCase(letter) : letter)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(shorter ? deflated : state);
        return carrying.length() > MAX_ID ? id : carrying;
    }

    /** The state that an id carries; null if there is none, or another's. */
    byte @Nullable [] read(String id) {
        int at = id.indexOf(MARK) + MARK.length();
        if (at < MARK.length() || at == id.length() || id.length() > MAX_ID
                || Character.toLowerCase(id.charAt(at)) != letter) {
            return null;
        }
        try {
            byte[] state = Base64.getUrlDecoder().decode(id.substring(at + 1));
            return id.charAt(at) == letter ? state : inflate(state);
        } catch (IllegalArgumentException | IOException _) {
            return null;
        }
    }

    /** The provider's own id, whoever's state it carries. */
    static String strip(String id) {
        int at = id.indexOf(MARK);
        return at < 0 ? id : id.substring(0, at);
    }

    /** Whether any id in a JSON text can carry state. Looks at every sixth byte of most texts. */
    static boolean mayBeIn(ByteBuffer json) {
        int last = MARK_BYTES.length - 1;
        int at = json.position() + last;
        while (at < json.limit()) {
            byte b = json.get(at);
            int jump = b < 0 ? MARK_BYTES.length : JUMPS[b];
            if (jump == 0) {
                if (matches(json, at - last)) {
                    return true;
                }
                jump = 1;
            }
            at += jump;
        }
        return false;
    }

    private static boolean matches(ByteBuffer json, int at) {
        for (int i = 0; i < MARK_BYTES.length; i++) {
            if (json.get(at + i) != MARK_BYTES[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] jumps() {
        var jumps = new byte[128];
        Arrays.fill(jumps, (byte) MARK_BYTES.length);
        for (int i = 0; i < MARK_BYTES.length; i++) {
            jumps[MARK_BYTES[i]] = (byte) (MARK_BYTES.length - 1 - i);
        }
        return jumps;
    }

    private static byte[] deflate(byte[] state) {
        var bytes = new ByteArrayOutputStream(state.length);
        try (var deflater = new DeflaterOutputStream(bytes)) {
            deflater.write(state);
        } catch (IOException e) {
            throw new UncheckedIOException("Memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static byte @Nullable [] inflate(byte[] state) throws IOException {
        try (var inflater = new InflaterInputStream(new ByteArrayInputStream(state))) {
            byte[] inflated = inflater.readNBytes(MAX_STATE + 1);
            return inflated.length > MAX_STATE ? null : inflated;
        }
    }
}
