package dev.penstock.ingress.format;

import static dev.penstock.ingress.admission.Shape.anyObject;
import static dev.penstock.ingress.admission.Shape.array;
import static dev.penstock.ingress.admission.Shape.bool;
import static dev.penstock.ingress.admission.Shape.decimal;
import static dev.penstock.ingress.admission.Shape.either;
import static dev.penstock.ingress.admission.Shape.integer;
import static dev.penstock.ingress.admission.Shape.object;
import static dev.penstock.ingress.admission.Shape.optional;
import static dev.penstock.ingress.admission.Shape.required;
import static dev.penstock.ingress.admission.Shape.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.ObjectShape;
import dev.penstock.ingress.admission.Refusals;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.event.Format;
import org.jspecify.annotations.Nullable;

/**
 * The body of OpenAI's legacy {@code POST /v1/completions} as a chat of one message. What only a model without a chat
 * can do is refused.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/completions/create">Create a completion</a>
 */
final class CompletionsToChat {
    static final ObjectShape SHAPE = object(
            required("model", text(1, 256)),
            required("prompt", either(text(), array(text(), 1, 1))),
            optional("stream", bool()),
            optional("stream_options", object(optional("include_usage", bool()),
                    optional("include_obfuscation", bool()))),
            optional("max_tokens", integer(1, Integer.MAX_VALUE)),
            optional("n", integer(1, 128)),
            optional("best_of", integer(0, 20)),
            optional("temperature", decimal(0, 2)),
            optional("top_p", decimal(0, 1)),
            optional("frequency_penalty", decimal(-2, 2)),
            optional("presence_penalty", decimal(-2, 2)),
            optional("stop", either(text(), array(text(), 1, 4))),
            optional("seed", integer()),
            optional("logit_bias", anyObject()),
            optional("user", text()),
            optional("echo", bool()),
            optional("suffix", text()),
            optional("logprobs", integer(0, 5)));

    /** Of the API: without a limit an answer has this many tokens. */
    private static final int USUAL_TOKENS = 16;

    private CompletionsToChat() {}

    static Inbound read(JsonNode body) {
        ApiError refusal = refusal(body);
        return refusal == null
                ? Inbound.chat(Trees.bytes(chat(body)), Framing.of(Format.COMPLETIONS))
                : new Inbound.Invalid(refusal);
    }

    private static @Nullable ApiError refusal(JsonNode body) {
        if (body.path("echo").asBoolean()) {
            return Refusals.unsupported("echo", "a chat model does not repeat its prompt");
        }
        if (!body.path("suffix").asText("").isEmpty()) {
            return Refusals.unsupported("suffix", "a chat model does not fill in");
        }
        if (body.has("logprobs")) {
            return Refusals.unsupported("logprobs", "log probabilities are to be had from /v1/chat/completions");
        }
        if (body.path("best_of").asInt(1) > body.path("n").asInt(1)) {
            return Refusals.unsupported("best_of", "as many answers are made as are asked for by 'n'");
        }
        return null;
    }

    private static ObjectNode chat(JsonNode body) {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        chat.set("model", body.get("model"));
        JsonNode prompt = body.path("prompt");
        chat.putArray("messages").addObject().put("role", "user").set("content",
                prompt.isArray() ? prompt.path(0) : prompt);
        chat.put("max_tokens", body.path("max_tokens").asInt(USUAL_TOKENS));
        Trees.copy(body, chat, "stream", "stream_options", "n", "temperature", "top_p", "frequency_penalty",
                "presence_penalty", "stop", "seed", "logit_bias", "user");
        return chat;
    }
}
