package dev.penstock.ingress.format;

import static dev.penstock.ingress.admission.Shape.anyObject;
import static dev.penstock.ingress.admission.Shape.array;
import static dev.penstock.ingress.admission.Shape.bool;
import static dev.penstock.ingress.admission.Shape.decimal;
import static dev.penstock.ingress.admission.Shape.either;
import static dev.penstock.ingress.admission.Shape.integer;
import static dev.penstock.ingress.admission.Shape.object;
import static dev.penstock.ingress.admission.Shape.oneOf;
import static dev.penstock.ingress.admission.Shape.optional;
import static dev.penstock.ingress.admission.Shape.required;
import static dev.penstock.ingress.admission.Shape.text;
import static dev.penstock.ingress.admission.Shape.variant;
import static dev.penstock.ingress.admission.Shape.variants;
import static dev.penstock.ingress.admission.Shape.variantsElseFirst;

import dev.penstock.ingress.admission.ObjectShape;
import dev.penstock.ingress.admission.Shape;
import dev.penstock.ingress.admission.Shape.Variant;

/**
 * The body of OpenAI's {@code POST /v1/responses}, without the tools that run at OpenAI and the items that tell of them.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a model response</a>
 */
final class ResponsesShape {
    private static final int ANY = Integer.MAX_VALUE;

    private static final Variant TEXT = variant("input_text", required("text", text()));
    private static final Variant IMAGE = variant("input_image", optional("image_url", text()),
            optional("file_id", text()), optional("detail", oneOf("low", "high", "auto", "original")));
    private static final Variant FILE = variant("input_file", optional("file_id", text()),
            optional("filename", text()), optional("file_data", text()), optional("file_url", text()));

    private static final Shape CONTENT = either(text(), array(variants("type", TEXT, IMAGE, FILE,
            variant("output_text", required("text", text())), variant("refusal", required("refusal", text())))));

    private static final Shape ITEM = variantsElseFirst("type",
            variant("message", required("role", oneOf("user", "assistant", "system", "developer")),
                    required("content", CONTENT)),
            variant("function_call", required("call_id", text()), required("name", text()),
                    optional("namespace", text()), required("arguments", text())),
            variant("function_call_output", required("call_id", text()),
                    required("output", either(text(), array(variants("type", TEXT, IMAGE, FILE))))),
            variant("reasoning", optional("summary", array(object(required("text", text())))),
                    optional("content", array(object(required("text", text())))),
                    optional("encrypted_content", text())));

    private static final Variant FUNCTION = variant("function", required("name", text()),
            optional("description", text()), optional("parameters", anyObject()), optional("strict", bool()));

    private static final Shape TOOL = variants("type", FUNCTION, variant("namespace", required("name", text()),
            optional("description", text()), required("tools", array(variants("type", FUNCTION)))));

    private static final Shape TOOL_CHOICE = either(oneOf("none", "auto", "required"), variants("type",
            variant("function", required("name", text())),
            variant("allowed_tools", required("mode", oneOf("auto", "required")),
                    required("tools", array(object(required("type", oneOf("function")), required("name", text())))))));

    private static final Shape TEXT_FORMAT = variants("type", variant("text"), variant("json_object"),
            variant("json_schema", required("name", text()), required("schema", anyObject()),
                    optional("description", text()), optional("strict", bool())));

    static final ObjectShape REQUEST = object(
            required("model", text(1, 256)),
            required("input", either(text(), array(ITEM, 1, ANY))),
            optional("instructions", text()),
            optional("stream", bool()),
            optional("max_output_tokens", integer(1, ANY)),
            optional("temperature", decimal(0, 2)),
            optional("top_p", decimal(0, 1)),
            optional("tools", array(TOOL)),
            optional("tool_choice", TOOL_CHOICE),
            optional("parallel_tool_calls", bool()),
            optional("max_tool_calls", integer()),
            optional("text", object(optional("format", TEXT_FORMAT),
                    optional("verbosity", oneOf("low", "medium", "high")))),
            optional("reasoning", object(
                    optional("effort", oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max")),
                    optional("summary", oneOf("auto", "concise", "detailed")),
                    optional("generate_summary", oneOf("auto", "concise", "detailed")))),
            optional("metadata", anyObject()),
            optional("include", array(text())),
            optional("store", bool()),
            optional("truncation", oneOf("auto", "disabled")),
            optional("service_tier", oneOf("auto", "default", "flex", "scale", "priority", "fast")),
            optional("user", text()),
            optional("safety_identifier", text(0, 64)),
            optional("prompt_cache_key", text()),
            optional("prompt_cache_retention", oneOf("in_memory", "24h")),
            optional("top_logprobs", integer(0, 20)),
            optional("presence_penalty", decimal(-2, 2)), // these two by Open Responses
            optional("frequency_penalty", decimal(-2, 2)),
            optional("background", bool()),
            optional("previous_response_id", text()),
            optional("conversation", either(text(), anyObject())),
            optional("prompt", anyObject()));

    private ResponsesShape() {}
}
