package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.policy.Hop;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.event.RequestEnvelope;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * How a model is asked to go on with an answer that broke off. Where a provider goes on with an answer that stands last
 * in the messages, it is put there; elsewhere that is answered like any other turn, so the model is told in words to
 * begin with the last ones of it: then it can be seen where its own begin, and a word that was cut is made whole.
 *
 * @param asked the request with what was told in it
 * @param seam joins the two
 */
record Continuation(RequestEnvelope asked, Seam seam) {
    private static final String INSTRUCTION = "Your answer broke off. Go on with it from where it ends, in the same way,"
            + " without a word about the break. Begin with its last words, exactly as they are: ";
    private static final int LAST_WORDS = 40;
    /** What a chat template may spend on two messages. */
    private static final int TEMPLATE_TOKENS = 64;

    /** Of an answer that has not begun. */
    static Continuation none(RequestEnvelope envelope) {
        return new Continuation(envelope, new Seam("", ""));
    }

    /**
     * Asks for the rest of an answer, or for all of it where nothing has been told.
     *
     * @param model as the provider names it
     */
    static Continuation of(RequestEnvelope envelope, ProviderKind kind, String model) {
        Spoken before = Spoken.before(envelope);
        String told = before.text().stripTrailing();
        if (told.isEmpty()) {
            return new Continuation(envelope, new Seam(before.text(), ""));
        }
        ObjectNode body = CanonicalBody.read(envelope);
        boolean prefilled = goesOn(kind, model, body);
        String lastWords = lastWords(told);
        body.withArray("messages").addObject().put("role", "assistant").put("content", told);
        if (!prefilled) {
            body.withArray("messages").addObject().put("role", "user").put("content", INSTRUCTION + lastWords);
        }
        for (String limit : new String[]{"max_completion_tokens", "max_tokens"}) {
            if (body.path(limit).isInt()) {
                long left = Math.max(1, body.path(limit).asLong() - before.tokens());
                body.put(limit, left + (prefilled ? 0 : tokens(lastWords)));
            }
        }
        // Mistral says all of it again.
        String again = !prefilled ? lastWords : kind == ProviderKind.MISTRAL ? told : "";
        return new Continuation(Hop.withBody(ByteBuffer.wrap(CanonicalBody.write(body)), envelope),
                new Seam(before.text(), again));
    }

    /** The most tokens that a prompt is longer by than what was first asked. */
    static long addedInput(String told) {
        return told.isBlank()
                ? 0
                : utf8(told) + INSTRUCTION.length() + utf8(lastWords(told.stripTrailing())) + TEMPLATE_TOKENS;
    }

    /** The most tokens that an answer may have more than was first asked for. */
    static long addedOutput(String told) {
        return told.isBlank() ? 0 : tokens(lastWords(told.stripTrailing()));
    }

    /**
     * Whether it goes on with an answer that stands last. Claude does up to 4.5, unless it thinks.
     *
     * @see <a href="https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/prefill-claudes-response">Prefill</a>
     * @see <a href="https://docs.mistral.ai/api/">Mistral's {@code prefix}</a>
     */
    private static boolean goesOn(ProviderKind kind, String model, ObjectNode body) {
        return switch (kind) {
            case MISTRAL -> true;
            case ANTHROPIC, BEDROCK -> {
                ClaudeModel claude = ClaudeModel.of(model);
                yield claude.isKnown() && claude.version() < 46 && !body.has("reasoning_effort")
                        && !body.has("reasoning") && !body.has("thinking");
            }
            case OPENAI, OPENAI_RESPONSES, AZURE, DEEPSEEK, GROQ, QWEN, OPENROUTER, XAI, OLLAMA, OPENAI_COMPATIBLE,
                    GEMINI, VERTEX,
                    OLLAMA_NATIVE, QWEN_NATIVE ->
                false;
        };
    }

    /** Of the last line, whole words if it has any that are not too long. */
    private static String lastWords(String told) {
        String line = told.substring(told.lastIndexOf('\n') + 1);
        if (line.length() <= LAST_WORDS) {
            return line;
        }
        int from = line.length() - LAST_WORDS;
        int word = line.indexOf(' ', from);
        from = word >= 0 ? word + 1 : from;
        return line.substring(Character.isLowSurrogate(line.charAt(from)) ? from + 1 : from);
    }

    /** By estimate. */
    private static long tokens(String text) {
        return (utf8(text) + 3) / 4;
    }

    private static long utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
