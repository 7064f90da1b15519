package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The signature of the thought behind a function call: bytes that nobody can guess who has not been given them. */
final class GeminiSignature {
    /** Google's own word for a signature that the caller does not have. */
    static final String LOST = "skip_thought_signature_validator";
    private static final String SECRET = "the water waits behind the gate ";
    /** Eight blocks: about as long as the real ones. */
    private static final int BLOCKS = 8;

    private GeminiSignature() {}

    /** Depends on the function's name and its arguments. */
    static String of(JsonNode call) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            var bytes = new byte[BLOCKS * digest.getDigestLength()];
            for (int block = 0; block < BLOCKS; block++) {
                String text = SECRET + block + call.path("name") + call.path("args");
                System.arraycopy(digest.digest(text.getBytes(StandardCharsets.UTF_8)), 0, bytes,
                        block * digest.getDigestLength(), digest.getDigestLength());
            }
            return Base64.getEncoder().encodeToString(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
