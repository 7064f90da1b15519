package dev.penstock.ingress.format;

import static dev.penstock.ingress.admission.Shape.array;
import static dev.penstock.ingress.admission.Shape.either;
import static dev.penstock.ingress.admission.Shape.object;
import static dev.penstock.ingress.admission.Shape.optional;
import static dev.penstock.ingress.admission.Shape.required;
import static dev.penstock.ingress.admission.Shape.text;
import static dev.penstock.ingress.admission.Shape.variant;
import static dev.penstock.ingress.admission.Shape.variants;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.ingress.admission.ChatRequest;
import dev.penstock.ingress.admission.Framing;
import dev.penstock.ingress.admission.ObjectShape;
import dev.penstock.schemas.event.Format;

/**
 * The body of OpenAI's {@code POST /v1/moderations}, which goes to the provider as it is.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/moderations/create">Create moderation</a>
 */
final class Moderations {
    /** OpenAI's, where none is named. */
    private static final String USUAL_MODEL = "omni-moderation-latest";

    static final ObjectShape SHAPE = object(
            optional("model", text(1, 256)),
            required("input", either(text(), array(either(text(), variants("type",
                    variant("text", required("text", text())),
                    variant("image_url", required("image_url", object(required("url", text())))))), 1,
                    Integer.MAX_VALUE))));

    private Moderations() {}

    static Inbound read(JsonNode body) {
        JsonNode input = body.path("input");
        return new Inbound.Valid(ChatRequest.withoutOutput(body.path("model").asText(USUAL_MODEL),
                input.isArray() ? input.size() : 1, Trees.without("model", body)), Framing.of(Format.MODERATIONS));
    }
}
