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
import dev.penstock.ingress.admission.Shape.Field;
import dev.penstock.ingress.admission.Shape.Variant;

/**
 * The body of Anthropic's {@code POST /v1/messages} and {@code /v1/messages/count_tokens}, without the tools that run at
 * the provider, which no other provider has.
 *
 * @see <a href="https://docs.claude.com/en/api/messages">Messages</a>
 */
final class MessagesShape {
    private static final int ANY = Integer.MAX_VALUE;
    private static final Field CACHE_CONTROL = optional("cache_control", anyObject());

    private static final Variant TEXT = variant("text", required("text", text()), CACHE_CONTROL);
    private static final Variant IMAGE = variant("image", required("source", variants("type",
            variant("base64", required("media_type", text()), required("data", text())),
            variant("url", required("url", text())))), CACHE_CONTROL);
    private static final Variant DOCUMENT = variant("document", required("source", variants("type",
            variant("base64", required("media_type", text()), required("data", text())),
            variant("text", required("data", text())), variant("url", required("url", text())),
            variant("content", required("content", either(text(), array(variants("type", TEXT, IMAGE))))))),
            optional("title", text()), optional("context", text()), CACHE_CONTROL);
    private static final Variant TOOL_RESULT = variant("tool_result", required("tool_use_id", text()),
            optional("content", either(text(), array(variants("type", TEXT, IMAGE, DOCUMENT)))),
            optional("is_error", bool()), CACHE_CONTROL);

    private static final Shape MESSAGE = variants("role",
            variant("user", required("content",
                    either(text(), array(variants("type", TEXT, IMAGE, DOCUMENT, TOOL_RESULT))))),
            variant("assistant", required("content", either(text(), array(variants("type", TEXT,
                    variant("thinking", required("thinking", text()), optional("signature", text())),
                    variant("redacted_thinking", required("data", text())),
                    variant("tool_use", required("id", text()), required("name", text()),
                            required("input", anyObject()), CACHE_CONTROL)))))),
            variant("system", required("content", either(text(), array(variants("type", TEXT))))));

    private static final Shape TOOL = variantsElseFirst("type",
            variant("custom", required("name", text(1, 128)), optional("description", text()),
                    required("input_schema", anyObject()), optional("strict", bool()), CACHE_CONTROL));

    private static final Field NOT_PARALLEL = optional("disable_parallel_tool_use", bool());

    private static final Shape EFFORT = oneOf("low", "medium", "high", "xhigh", "max");

    private static final Shape SCHEMA = variants("type", variant("json_schema", required("schema", anyObject())));

    /** To count tokens no limit has to be given. */
    static final ObjectShape COUNT = object(
            required("model", text(1, 256)),
            required("messages", array(MESSAGE, 1, ANY)),
            optional("system", either(text(), array(variants("type", TEXT)))),
            optional("stream", bool()),
            optional("temperature", decimal(0, 1)),
            optional("top_p", decimal(0, 1)),
            optional("top_k", integer(0, ANY)),
            optional("stop_sequences", array(text(1, ANY), 0, 4)), // OpenAI takes no more
            optional("tools", array(TOOL)),
            optional("tool_choice", variants("type", variant("auto", NOT_PARALLEL), variant("any", NOT_PARALLEL),
                    variant("tool", required("name", text()), NOT_PARALLEL), variant("none"))),
            optional("metadata", object(optional("user_id", text()))),
            optional("thinking", variants("type",
                    variant("enabled", required("budget_tokens", integer(1024, ANY)), optional("display", text())),
                    variant("adaptive", optional("display", text())), variant("disabled"))),
            optional("output_config", object(optional("effort", EFFORT), optional("format", SCHEMA))),
            optional("service_tier", oneOf("auto", "standard_only")),
            optional("mcp_servers", array(anyObject(), 0, 0)), // not to be passed over in silence
            optional("thread", anyObject()),
            optional("container", either(text(0, 0), object())));

    static final ObjectShape REQUEST = COUNT.with(required("max_tokens", integer(1, ANY)));

    private MessagesShape() {}
}
