package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * OpenAI's chat completions at Azure: the path names the deployment, whatever the body says, the query a version, and a
 * header of its own the key. Streams begin with a chunk that is of no choice.
 *
 * @see <a href="https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference">Azure OpenAI</a>
 */
final class AzureDialect implements Dialect {
    private static final Pattern PATH = Pattern.compile("/openai/deployments/([^/]+)/chat/completions");

    private final String deployment;
    private final boolean knocksRight;

    private AzureDialect(String deployment, boolean knocksRight) {
        this.deployment = deployment;
        this.knocksRight = knocksRight;
    }

    /** Empty for a path of another API. */
    static Optional<Dialect> at(HttpServerRequest request) {
        Matcher match = PATH.matcher(request.path());
        return match.matches()
                ? Optional.of(new AzureDialect(URLDecoder.decode(match.group(1), StandardCharsets.UTF_8),
                        request.headers().contains("api-key") && request.getParam("api-version") != null))
                : Optional.empty();
    }

    @Override
    public Reading read(JsonNode body) {
        if (!knocksRight) {
            return ApiFailure.ofStatus(401);
        }
        if (body instanceof ObjectNode asked) {
            asked.put("model", deployment);
        }
        return ChatRequest.read(body);
    }

    @Override
    public ObjectNode error(ApiFailure failure, long retryAfterSeconds) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error").put("code", switch (failure.status()) {
            case 404 -> "DeploymentNotFound";
            case 429 -> "RateLimitReached";
            default -> String.valueOf(failure.status());
        }).put("message", failure.message());
        return body;
    }

    @Override
    public Wording wording(Chat chat) {
        return new AzureWording(new Chunks(chat));
    }
}
