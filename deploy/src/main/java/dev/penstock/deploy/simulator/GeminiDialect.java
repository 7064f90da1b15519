package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Google's generateContent, as of Gemini 3: a model that thinks where it is asked to, and that refuses its own function
 * calls without the signatures it gave them. One of these reads one request.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">generateContent</a>
 */
final class GeminiDialect implements Dialect {
    private static final Pattern PATH = Pattern.compile("/.*/models/([^/:]+):(generateContent|streamGenerateContent)");
    private static final int THOUGHTS = 5;

    private final String model;
    private final boolean stream;
    private final Stats stats;
    private final boolean mayCall;
    private boolean thinks;
    private boolean showsThoughts;

    private GeminiDialect(String model, boolean stream, boolean mayCall, Stats stats) {
        this.model = model;
        this.stream = stream;
        this.mayCall = mayCall;
        this.stats = stats;
    }

    /** Of the Developer API's paths and of Vertex's, whose callers have a bearer token; empty for any other. */
    static Optional<Dialect> at(HttpServerRequest request, Stats stats) {
        Matcher match = PATH.matcher(request.path());
        if (!match.matches()) {
            return Optional.empty();
        }
        String token = request.getHeader(HttpHeaders.AUTHORIZATION);
        boolean mayCall = !request.path().startsWith("/v1/projects/") || token != null && token.startsWith("Bearer ");
        return Optional.of(new GeminiDialect(match.group(1), match.group(2).startsWith("stream"), mayCall, stats));
    }

    /** Of a line of a batch for a model. */
    static Dialect inBatch(String model, Stats stats) {
        return new GeminiDialect(model, false, true, stats);
    }

    /** Says it in OpenAI's words, so that there is one understanding of what is asked. */
    @Override
    public Reading read(JsonNode body) {
        if (!mayCall) {
            return ApiFailure.ofStatus(401);
        }
        JsonNode config = body.path("generationConfig");
        JsonNode thinking = config.path("thinkingConfig");
        thinks = thinking.isObject() && thinking.path("thinkingBudget").asInt(1) != 0;
        showsThoughts = thinks && thinking.path("includeThoughts").asBoolean();
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("model", model).put("stream", stream);
        ArrayNode messages = asked.putArray("messages");
        addMessage(messages, body.path("systemInstruction"));
        for (JsonNode content : body.path("contents")) {
            ApiFailure failure = check(content);
            if (failure != null) {
                return failure;
            }
            addMessage(messages, content);
        }
        copy(config, "maxOutputTokens", asked, "max_tokens");
        copy(config, "candidateCount", asked, "n");
        if (config.path("responseMimeType").asText().equals("application/json")) {
            ObjectNode format = asked.putObject("response_format").put("type", "json_schema");
            copy(config, "responseJsonSchema", format.putObject("json_schema"), "schema");
        }
        tools(body, asked);
        return ChatRequest.read(asked);
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String as) {
        if (from.has(name)) {
            to.set(as, from.get(name));
        }
    }

    private static void addMessage(ArrayNode messages, JsonNode content) {
        if (!content.isObject()) {
            return;
        }
        ArrayNode parts = messages.addObject().put("role", content.path("role").asText("system")).putArray("content");
        for (JsonNode part : content.path("parts")) {
            String text = part.path("text").asText() + part.at("/functionResponse/response/result").asText();
            parts.addObject().put("type", "text").put("text", text);
        }
    }

    /** Null if every turn's first call is signed as it was when it was made, or by the word for a signature that is lost. */
    private @Nullable ApiFailure check(JsonNode content) {
        for (JsonNode part : content.path("parts")) {
            JsonNode call = part.path("functionCall");
            if (call.isObject()) {
                String signature = part.path("thoughtSignature").asText();
                if (signature.isEmpty()) {
                    return ApiFailure.invalid(null,
                            "Function call is missing a thought_signature in functionCall parts.");
                }
                if (signature.equals(GeminiSignature.of(call))) {
                    stats.signatures.increment();
                } else if (!signature.equals(GeminiSignature.LOST)) {
                    return ApiFailure.invalid(null, "Corrupted thought signature.");
                }
                return null;
            }
        }
        return null;
    }

    private static void tools(JsonNode body, ObjectNode asked) {
        JsonNode calling = body.at("/toolConfig/functionCallingConfig");
        String mode = calling.path("mode").asText();
        if (mode.equals("NONE")) {
            return;
        }
        for (JsonNode tool : body.path("tools")) {
            for (JsonNode declaration : tool.path("functionDeclarations")) {
                ObjectNode function = asked.withArray("tools").addObject().putObject("function");
                copy(declaration, "name", function, "name");
                copy(declaration, "parametersJsonSchema", function, "parameters");
            }
        }
        JsonNode named = calling.path("allowedFunctionNames").path(0);
        if (named.isTextual()) {
            asked.putObject("tool_choice").putObject("function").set("name", named);
        } else if (mode.equals("ANY")) {
            asked.put("tool_choice", "required");
        }
    }

    /** A google.rpc.Status. */
    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode error = body.putObject("error").put("code", failure.status()).put("message", failure.message())
                .put("status", switch (failure.status()) {
                    case 400 -> "INVALID_ARGUMENT";
                    case 401 -> "UNAUTHENTICATED";
                    case 404 -> "NOT_FOUND";
                    case 429 -> "RESOURCE_EXHAUSTED";
                    case 503 -> "UNAVAILABLE";
                    default -> "INTERNAL";
                });
        if (retryAfterSeconds > 0) {
            error.putArray("details").addObject().put("@type", "type.googleapis.com/google.rpc.RetryInfo")
                    .put("retryDelay", retryAfterSeconds + "s");
        }
        return body;
    }

    @Override
    public Wording wording(Chat chat) {
        return new GeminiWording(chat, thinks ? THOUGHTS : 0, showsThoughts);
    }
}
