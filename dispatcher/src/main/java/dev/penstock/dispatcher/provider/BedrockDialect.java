package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.Secret;
import dev.penstock.schemas.event.Candidate;
import dev.penstock.schemas.event.RequestEnvelope;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * AWS Bedrock's Converse and ConverseStream. The provider's key is one of Bedrock's own, sent as it is, or an AWS access
 * key, {@code ID:SECRET} or {@code ID:SECRET:SESSION_TOKEN}, with which every call is signed.
 *
 * @see <a href="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html">Converse</a>
 */
final class BedrockDialect implements Dialect {
    private final String path;
    private final @Nullable Secret apiKey;
    private final @Nullable AwsSignature signature;

    BedrockDialect(Provider provider) {
        path = Translation.path(provider.baseUrl()) + "/model/";
        signature = AwsSignature.of(provider);
        apiKey = signature == null ? provider.apiKey() : null;
    }

    /** The id of a model may hold colons and slashes, which have to be encoded the same here and in the signature. */
    @Override
    public Outbound request(RequestEnvelope envelope, Candidate candidate) {
        var gaps = new Gaps();
        ObjectNode request = CanonicalBody.read(envelope);
        ObjectNode body = BedrockRequest.body(request, candidate.getModel(), gaps);
        boolean stream = envelope.getStream();
        Map<String, String> headers = Translation
                .headers(stream ? "application/vnd.amazon.eventstream" : "application/json");
        if (apiKey != null) {
            headers.put("authorization", "Bearer " + apiKey.value());
        }
        String model = URLEncoder.encode(candidate.getModel(), StandardCharsets.UTF_8).replace("+", "%20");
        return Translation.outbound(path + model + (stream ? "/converse-stream" : "/converse"), headers, body,
                Translation.choices(request), gaps);
    }

    @Override
    public OutboundRequest sign(OutboundRequest request, Instant now) {
        return signature == null ? request : signature.sign(request, now);
    }

    @Override
    public AnswerDecoder streamDecoder(RequestEnvelope envelope) {
        return new BedrockStreamDecoder();
    }

    @Override
    public void decodeWhole(RequestEnvelope envelope, byte[] body, Consumer<AnswerEvent> events) {
        new BedrockParser().parseWhole(body, events);
    }

    @Override
    public ApiError error(int status, ResponseHeaders headers, byte[] body) {
        return BedrockErrors.ofStatus(status, headers, Translation.readError(body));
    }
}
