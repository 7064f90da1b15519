package dev.penstock.ingress.admission;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A valid request in its canonical form: a chat-completions request, whatever API it came by; or, of embeddings and
 * moderations, what came by theirs, without an output.
 *
 * @param model as the caller names it
 * @param stream the caller wants server-sent events
 * @param includeUsage the caller wants the usage chunk at the end of the stream
 * @param maxOutputTokens {@code max_completion_tokens}, else {@code max_tokens}; null: no limit was given
 * @param n how many choices are to be generated
 * @param prompt how much of what it asks to be read
 * @param terms what the price depends on beside the prompt
 * @param traits what the choice of a model depends on beside the prompt
 * @param store the caller wants to come for the answer later
 * @param body a JSON object without {@code model}, {@code stream} and {@code stream_options}, without unknown fields,
 *     and with at most one of {@code max_completion_tokens} and {@code max_tokens}. Its first two bytes are a brace and
 *     a quote, so fields can be put in front. Not to be written to.
 */
@SuppressWarnings("ArrayRecordComponent") // the body is passed on, never compared
public record ChatRequest(String model, boolean stream, boolean includeUsage, @Nullable Integer maxOutputTokens, int n,
        Prompt prompt, Terms terms, Traits traits, boolean store, byte[] body) {
    /**
     * What the cost of a prompt depends on.
     *
     * @param bytes of the body that are not images or recordings
     * @param images inline or referred to
     * @param lowImages those of them that are to be looked at roughly
     * @param others recordings, files and spoken answers, inline or referred to
     * @param tools whether tools are described to the model
     * @param cacheControl whether the caller says what is to be cached, and so for how long
     * @param count of prompts, each of which may be as long as the model reads
     */
    public record Prompt(int bytes, int images, int lowImages, int others, boolean tools, boolean cacheControl,
            int count) {
        /** About four bytes make a token, as OpenAI reckons too; a picture is taken for one of the best size. */
        public long expectedTokens() {
            return Math.ceilDiv(bytes, 4) + (long) IMAGE_TOKENS * (images + others);
        }

        boolean hasMedia() {
            return images + others > 0;
        }
    }

    /** What Anthropic's models count an image of the best size as. */
    private static final int IMAGE_TOKENS = 1_600;

    /**
     * What the price depends on beside the prompt.
     *
     * @param serviceTier as it is asked for; null if it is not
     * @param audioAnswer whether the answer may be spoken
     * @param extra the parameter that asks for something that is not paid for by tokens; null if there is none
     */
    record Terms(@Nullable String serviceTier, boolean audioAnswer, @Nullable String extra) {}

    /**
     * What the choice of a model depends on beside the prompt.
     *
     * @param jsonSchema whether the answer has to keep to a schema
     * @param user {@code safety_identifier}, or else {@code user}; null if neither is given
     * @param metadata the texts in it
     */
    public record Traits(boolean jsonSchema, @Nullable String user, Map<String, String> metadata) {
        public Traits {
            metadata = Map.copyOf(metadata);
        }
    }

    /**
     * A request to a model that writes nothing.
     *
     * @param prompts how many it holds
     */
    public static ChatRequest withoutOutput(String model, int prompts, byte[] body) {
        return new ChatRequest(model, false, false, 0, 1, new Prompt(body.length, 0, 0, 0, false, false, prompts),
                new Terms(null, false, null), new Traits(false, null, Map.of()), false, body);
    }

    /** The same with a limit in its body, if it has none. */
    public ChatRequest limitedTo(int tokens) {
        if (maxOutputTokens != null) {
            return this;
        }
        byte[] limit = ("\"max_completion_tokens\":" + tokens + ",").getBytes(StandardCharsets.US_ASCII);
        byte[] limited = new byte[body.length + limit.length];
        limited[0] = body[0];
        System.arraycopy(limit, 0, limited, 1, limit.length);
        System.arraycopy(body, 1, limited, 1 + limit.length, body.length - 1);
        return new ChatRequest(model, stream, includeUsage, tokens, n, prompt, terms, traits, store, limited);
    }

    /** The same as far as its cost is concerned, if it asked for at most so much; its body is not changed. */
    public ChatRequest askingFor(@Nullable Integer tokens) {
        return new ChatRequest(model, stream, includeUsage, tokens, n, prompt, terms, traits, store, body);
    }

    /** The same with nobody to stream to. */
    public ChatRequest whole() {
        return new ChatRequest(model, false, false, maxOutputTokens, n, prompt, terms, traits, store, body);
    }

    /** The name of the field of the body that limits the output, or would. */
    public String limitField() {
        byte[] old = "{\"max_tokens\":".getBytes(StandardCharsets.US_ASCII);
        return Arrays.mismatch(body, old) == old.length ? "max_tokens" : "max_completion_tokens";
    }
}
