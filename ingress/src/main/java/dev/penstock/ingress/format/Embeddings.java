package dev.penstock.ingress.format;

import static dev.penstock.ingress.admission.Shape.array;
import static dev.penstock.ingress.admission.Shape.either;
import static dev.penstock.ingress.admission.Shape.integer;
import static dev.penstock.ingress.admission.Shape.object;
import static dev.penstock.ingress.admission.Shape.oneOf;
import static dev.penstock.ingress.admission.Shape.optional;
import static dev.penstock.ingress.admission.Shape.required;
import static dev.penstock.ingress.admission.Shape.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.ObjectShape;
import dev.penstock.ingress.admission.Shape;
import dev.penstock.schemas.event.Format;

/**
 * The body of OpenAI's {@code POST /v1/embeddings}, which goes to the provider as it is: texts, or tokens.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/embeddings/create">Create embeddings</a>
 */
final class Embeddings {
    private static final int ANY = Integer.MAX_VALUE;
    private static final Shape TOKEN = integer(0, ANY);

    static final ObjectShape SHAPE = object(
            required("model", text(1, 256)),
            required("input", either(text(1, ANY),
                    array(either(text(1, ANY), either(TOKEN, array(TOKEN, 1, ANY))), 1, ANY))),
            optional("encoding_format", oneOf("float", "base64")),
            optional("dimensions", integer(1, ANY)),
            optional("user", text()));

    private Embeddings() {}

    static Inbound read(JsonNode body) {
        JsonNode input = body.path("input");
        int prompts = input.isArray() && !input.path(0).isNumber() ? input.size() : 1;
        return new Inbound.Valid(ChatRequest.withoutOutput(body.path("model").asText(), prompts,
                Trees.without("model", body)), Framing.of(Format.EMBEDDINGS));
    }
}
