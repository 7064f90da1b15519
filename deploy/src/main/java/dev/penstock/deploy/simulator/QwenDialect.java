package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * DashScope's own dialect. The model speaks; it neither thinks nor calls tools, and says nothing twice in a stream.
 *
 * @see <a href="https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-dashscope">Qwen by DashScope</a>
 */
final class QwenDialect implements Dialect {
    static final String PATH = "/api/v1/services/aigc/text-generation/generation";
    private static final String REQUEST_ID = "simulator";

    private final boolean stream;

    /** @param stream whether events are asked for, which a header does */
    QwenDialect(boolean stream) {
        this.stream = stream;
    }

    /** Says it in OpenAI's words, so that there is one understanding of what is asked. */
    @Override
    public Reading read(JsonNode body) {
        JsonNode parameters = body.path("parameters");
        if (stream && !parameters.path("incremental_output").asBoolean()) {
            return ApiFailure.invalid(null, "The simulator streams with incremental_output only.");
        }
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("model", body.path("model").asText())
                .put("stream", stream).put("n", parameters.path("n").asInt(1));
        asked.set("messages", body.at("/input/messages"));
        asked.set("max_tokens", parameters.path("max_tokens"));
        return ChatRequest.read(asked);
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        return JsonNodeFactory.instance.objectNode().put("code", switch (failure.status()) {
            case 400 -> "InvalidParameter";
            case 401 -> "InvalidApiKey";
            case 404 -> "ModelNotFound";
            case 429 -> "Throttling.RateQuota";
            case 503 -> "ServiceUnavailable";
            default -> "InternalError";
        }).put("message", failure.message()).put("request_id", REQUEST_ID);
    }

    @Override
    public Wording wording(Chat chat) {
        return new QwenWording(chat);
    }

    /** The status is in a comment, for that of the response has been said. */
    @Override
    public String failed(ApiFailure failure) {
        return "event:error\n:HTTP_STATUS/" + failure.status() + "\ndata:" + error(failure, 0) + "\n\n";
    }
}
