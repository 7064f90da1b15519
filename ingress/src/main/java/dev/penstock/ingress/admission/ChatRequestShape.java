package dev.penstock.ingress.admission;

import static dev.penstock.ingress.admission.Shape.anyObject;
import static dev.penstock.ingress.admission.Shape.array;
import static dev.penstock.ingress.admission.Shape.bool;
import static dev.penstock.ingress.admission.Shape.decimal;
import static dev.penstock.ingress.admission.Shape.either;
import static dev.penstock.ingress.admission.Shape.integer;
import static dev.penstock.ingress.admission.Shape.noted;
import static dev.penstock.ingress.admission.Shape.nullable;
import static dev.penstock.ingress.admission.Shape.object;
import static dev.penstock.ingress.admission.Shape.oneOf;
import static dev.penstock.ingress.admission.Shape.optional;
import static dev.penstock.ingress.admission.Shape.required;
import static dev.penstock.ingress.admission.Shape.text;
import static dev.penstock.ingress.admission.Shape.variant;
import static dev.penstock.ingress.admission.Shape.variants;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.ingress.admission.Shape.Field;
import dev.penstock.ingress.admission.Shape.Variant;
import java.io.IOException;

/**
 * The body of {@code POST /v1/chat/completions}: OpenAI's CreateChatCompletionRequest, and the extensions in use on
 * this wire, each with who uses it. Where OpenAI is stricter than its own specification (names of functions, say), the
 * provider judges.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/create">Create a chat completion</a>
 */
final class ChatRequestShape {
    private static final int ANY = Integer.MAX_VALUE;

    // Extension: prompt caching as Anthropic has it, in OpenRouter and LiteLLM
    private static final Field CACHE_CONTROL = optional("cache_control",
            noted(anyObject(), (facts, _) -> facts.cacheControl = true));
    private static final Field CACHE_BREAKPOINT = optional("prompt_cache_breakpoint",
            object(required("mode", oneOf("explicit"))));

    // --- Parts of a message's content

    private static final Variant TEXT = part("text", required("text", text()));
    private static final Variant IMAGE = part("image_url", required("image_url",
            noted(either(object(required("url", text()), optional("detail", noted(oneOf("auto", "low", "high"),
                    (facts, detail) -> facts.lowImages += detail.getText().equals("low") ? 1 : 0))),
                    text()), (facts, _) -> facts.images++))); // Extension: a bare URL (Mistral)
    private static final Variant AUDIO = part("input_audio", required("input_audio",
            noted(object(required("data", text()), required("format", oneOf("wav", "mp3"))),
                    (facts, _) -> facts.recordings++)));
    private static final Variant FILE = part("file", required("file",
            noted(object(optional("filename", text()), optional("file_data", text()), optional("file_id", text())),
                    (facts, _) -> facts.files++)));
    private static final Variant REFUSAL = part("refusal", required("refusal", text()));
    // Extension: reasoning given back, as a list of parts (Mistral) or a signed text (Anthropic)
    private static final Variant THINKING = part("thinking",
            required("thinking", either(text(), array(anyObject()))), optional("signature", text()));

    // --- Messages

    private static final Shape TEXTS = content(TEXT);

    private static final Field NAME = optional("name", text());

    private static final Shape TOOL_CALL = variants("type",
            variant("function", required("id", text()),
                    required("function", object(required("name", text()), required("arguments", text()))),
                    optional("extra_content", anyObject())), // Extension: thought signatures (Gemini)
            variant("custom", required("id", text()),
                    required("custom", object(required("name", text()), required("input", text()))),
                    optional("extra_content", anyObject())));

    private static final Shape MESSAGE = variants("role",
            variant("system", required("content", TEXTS), NAME, CACHE_CONTROL),
            variant("developer", required("content", TEXTS), NAME, CACHE_CONTROL),
            variant("user", required("content", content(TEXT, IMAGE, AUDIO, FILE)), NAME, CACHE_CONTROL),
            variant("assistant", optional("content", nullable(content(TEXT, REFUSAL, THINKING))), NAME, CACHE_CONTROL,
                    optional("refusal", text()),
                    optional("audio", noted(object(required("id", text())), (facts, _) -> facts.files++)),
                    optional("tool_calls", array(TOOL_CALL)),
                    optional("function_call", object(required("name", text()), required("arguments", text()))),
                    optional("reasoning_content", text()), // Extension: DeepSeek, Qwen, xAI
                    optional("reasoning", text()), // Extension: Groq, OpenRouter, Ollama, vLLM
                    optional("reasoning_details", array(anyObject()))), // Extension: OpenRouter
            variant("tool", required("content", TEXTS), required("tool_call_id", text()), NAME, CACHE_CONTROL),
            variant("function", required("content", nullable(text())), required("name", text()), CACHE_CONTROL));

    // --- Tools

    private static final Field[] FUNCTION = {required("name", text()), optional("description", text()),
            optional("parameters", anyObject())};

    private static final Shape TOOL = variants("type",
            variant("function", required("function", object(FUNCTION).with(optional("strict", bool()))), CACHE_CONTROL),
            variant("custom", CACHE_CONTROL, required("custom", object(required("name", text()),
                    optional("description", text()),
                    optional("format", variants("type", variant("text"),
                            variant("grammar", required("grammar", object(required("definition", text()),
                                    required("syntax", oneOf("lark", "regex")))))))))),
            noted(variant("openrouter:web_search", optional("parameters", anyObject())),
                    (facts, _) -> facts.extra = "tools")); // Extension: OpenRouter

    private static final Shape NAMED = object(required("name", text()));

    private static final Shape TOOL_CHOICE = either(oneOf("none", "auto", "required"), variants("type",
            variant("function", required("function", NAMED)),
            variant("custom", required("custom", NAMED)),
            variant("allowed_tools", required("allowed_tools",
                    object(required("mode", oneOf("auto", "required")), required("tools", array(anyObject())))))));

    // --- What is asked for

    private static final Shape RESPONSE_FORMAT = variants("type", variant("text"), variant("json_object"),
            noted(variant("json_schema", required("json_schema", object(required("name", text()),
                    optional("description", text()), optional("schema", anyObject()), optional("strict", bool())))),
                    (facts, _) -> facts.jsonSchema = true));

    private static final Shape WEB_SEARCH = object(
            optional("search_context_size", oneOf("low", "medium", "high")),
            optional("user_location", object(required("type", oneOf("approximate")), required("approximate",
                    object(optional("country", text()), optional("region", text()), optional("city", text()),
                            optional("timezone", text()))))));

    private static final Shape MODERATION = object(required("mode", oneOf("score", "block")));

    static final ObjectShape REQUEST = object(
            required("model", noted(text(1, 256), (facts, value) -> facts.model = value.getText())).heldBack(),
            required("messages", array(MESSAGE, 1, ANY)),

            optional("stream", noted(bool(), (facts, value) -> facts.stream = value.getBooleanValue())).heldBack(),
            optional("stream_options", noted(object(
                    optional("include_usage",
                            noted(bool(), (facts, value) -> facts.includeUsage = value.getBooleanValue())),
                    optional("include_obfuscation", bool())), (facts, _) -> facts.streamOptions = true)).heldBack(),

            // One of the two is put back: see Facts.request.
            optional("max_tokens", noted(integer(1, Integer.MAX_VALUE),
                    (facts, value) -> facts.maxTokens = value.getIntValue())).heldBack(),
            optional("max_completion_tokens", noted(integer(1, Integer.MAX_VALUE),
                    (facts, value) -> facts.maxCompletionTokens = value.getIntValue())).heldBack(),
            optional("n", noted(integer(1, 128), (facts, value) -> facts.n = value.getIntValue())),
            optional("stop", either(text(), array(text(), 1, 4))),
            optional("seed", integer()),
            optional("temperature", decimal(0, 2)),
            optional("top_p", decimal(0, 1)),
            optional("frequency_penalty", decimal(-2, 2)),
            optional("presence_penalty", decimal(-2, 2)),
            optional("logit_bias", anyObject()),
            optional("logprobs", noted(bool(), (facts, value) -> facts.logprobs = value.getBooleanValue())),
            optional("top_logprobs", noted(integer(0, 20), (facts, _) -> facts.topLogprobs = true)),

            optional("tools", array(noted(TOOL, (facts, _) -> facts.tools = true))),
            optional("tool_choice", noted(TOOL_CHOICE, (facts, value) -> facts.needsTools = forcesTool(value))),
            optional("parallel_tool_calls", bool()),
            optional("functions", array(object(FUNCTION), 1, 128)),
            optional("function_call", either(oneOf("none", "auto"), NAMED)),

            optional("response_format", RESPONSE_FORMAT),
            optional("reasoning_effort", oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max")),
            optional("verbosity", oneOf("low", "medium", "high")),
            optional("modalities", array(noted(oneOf("text", "audio"),
                    (facts, kind) -> facts.audioAnswer |= kind.getText().equals("audio")))),
            optional("audio", noted(object(required("voice", either(text(), object(required("id", text())))),
                    required("format", oneOf("wav", "aac", "mp3", "flac", "opus", "pcm16"))),
                    (facts, _) -> facts.audioAnswer = true)),
            optional("prediction", object(required("type", oneOf("content")), required("content", TEXTS))),
            optional("web_search_options", extra("web_search_options", WEB_SEARCH)),
            optional("moderation", object(required("model", text()),
                    optional("policy", object(optional("input", MODERATION), optional("output", MODERATION))))),

            optional("metadata", new Compound.Metadata()),
            optional("store", noted(bool(), (facts, value) -> facts.store = value.getBooleanValue())),
            optional("service_tier", noted(oneOf("auto", "default", "flex", "scale", "priority", "fast"),
                    (facts, tier) -> facts.serviceTier = tier.getText())),
            optional("user", noted(text(), (facts, value) -> facts.user = value.getText())),
            optional("safety_identifier",
                    noted(text(0, 64), (facts, value) -> facts.safetyIdentifier = value.getText())),
            optional("prompt_cache_key", text()),
            optional("prompt_cache_retention", oneOf("in_memory", "24h")),
            optional("prompt_cache_options",
                    object(optional("ttl", oneOf("30m")), optional("mode", oneOf("implicit", "explicit")))),

            // Extensions: DeepSeek, Anthropic; Qwen; sampling of vLLM, SGLang, Qwen; OpenRouter; vLLM
            optional("thinking", anyObject()),
            optional("enable_thinking", bool()),
            optional("thinking_budget", integer()),
            optional("top_k", integer()),
            optional("min_p", decimal(0, 1)),
            optional("repetition_penalty", decimal()),
            optional("reasoning", anyObject()),
            optional("chat_template_kwargs", anyObject()));

    private ChatRequestShape() {}

    private static Shape extra(String parameter, Shape shape) {
        return noted(shape, (facts, _) -> facts.extra = parameter);
    }

    private static Shape content(Variant... parts) {
        return either(text(), array(new Compound.Part(variants("type", parts)), 1, ANY));
    }

    private static Variant part(String type, Field... fields) {
        ObjectShape shape = object(fields).with(CACHE_CONTROL);
        boolean cacheable = !type.equals("refusal") && !type.equals("thinking");
        return new Variant(type, cacheable ? shape.with(CACHE_BREAKPOINT) : shape, null);
    }

    private static boolean forcesTool(JsonParser choice) throws IOException {
        return choice.currentToken() == JsonToken.END_OBJECT || choice.getText().equals("required");
    }
}
