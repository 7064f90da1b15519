package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * OpenAI's chat completions at Mistral, which refuses fields it does not know, and whose streams tell the usage without
 * being asked.
 *
 * @see <a href="https://docs.mistral.ai/api/">Mistral</a>
 */
final class MistralDialect implements Dialect {
    /** Where its host would be. */
    static final String PATH = "/mistral/v1/chat/completions";
    private static final List<String> UNKNOWN = List.of("stream_options", "max_completion_tokens", "seed", "user",
            "logprobs", "store");
    private static final int UNPROCESSABLE = 422;

    @Override
    public Reading read(JsonNode body) {
        return UNKNOWN.stream().filter(body::has).findFirst()
                .<Reading>map(field -> new ApiFailure(UNPROCESSABLE, "invalid_request_error", null, field,
                        "Extra inputs are not permitted"))
                .orElseGet(() -> ChatRequest.read(body));
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (failure.status() == UNPROCESSABLE) {
            body.putArray("detail").addObject().put("type", "extra_forbidden").put("msg", failure.message())
                    .putArray("loc").add("body").add(failure.param());
            return body;
        }
        return body.put("object", "error").put("message", failure.message()).put("type", failure.type())
                .putNull("param").put("code", failure.code());
    }

    @Override
    public Wording wording(Chat chat) {
        return new MistralWording(chat, new Chunks(chat));
    }
}
