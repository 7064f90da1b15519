package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * AWS Bedrock's Converse and ConverseStream. The model speaks; it neither thinks nor calls tools. Its refusals are told
 * by their status alone, and no signature is checked.
 *
 * @see <a href="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html">
 *      ConverseStream</a>
 */
final class BedrockDialect implements Dialect {
    private static final Pattern PATH = Pattern.compile("/model/([^/]+)/converse(-stream)?");

    private final String model;
    private final boolean stream;

    private BedrockDialect(String model, boolean stream) {
        this.model = model;
        this.stream = stream;
    }

    /** Empty for a path of another API. */
    static Optional<Dialect> at(String path) {
        Matcher match = PATH.matcher(path);
        return match.matches()
                ? Optional.of(new BedrockDialect(URLDecoder.decode(match.group(1), StandardCharsets.UTF_8),
                        match.group(2) != null))
                : Optional.empty();
    }

    /** Says it in OpenAI's words, so that there is one understanding of what is asked. */
    @Override
    public Reading read(JsonNode body) {
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("model", model).put("stream", stream);
        ArrayNode messages = asked.putArray("messages");
        messages.addObject().put("role", "system").set("content", body.path("system"));
        body.path("messages").forEach(messages::add);
        asked.set("max_tokens", body.at("/inferenceConfig/maxTokens"));
        return ChatRequest.read(asked);
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        return JsonNodeFactory.instance.objectNode().put("message", failure.message());
    }

    @Override
    public Wording wording(Chat chat) {
        return new BedrockWording(chat);
    }

    @Override
    public String streamType() {
        return "application/vnd.amazon.eventstream";
    }

    @Override
    public String failed(ApiFailure failure) {
        return EventStream.EXCEPTION + "internalServerException " + error(failure, 0) + "\n";
    }

    @Override
    public Buffer encode(String events) {
        return EventStream.encode(events);
    }
}
