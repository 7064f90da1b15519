package dev.penstock.dispatcher.provider;

import dev.penstock.schemas.catalog.Provider;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/**
 * Signs calls to Bedrock with an AWS access key.
 *
 * @see <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html">Signature Version 4</a>
 */
final class AwsSignature {
    /** None of Bedrock's own keys has a colon in it. */
    private static final Pattern ACCESS_KEY = Pattern.compile("([A-Z0-9]{16,128}):([^:]+)(?::(.+))?");
    private static final Pattern REGION = Pattern.compile("bedrock-runtime(?:-fips)?\\.([a-z0-9-]+)\\.");

    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final AwsCredentialsIdentity identity;
    private final URI host;
    private final String region;

    private AwsSignature(AwsCredentialsIdentity identity, URI host, String region) {
        this.identity = identity;
        this.host = host;
        this.region = region;
    }

    /** Null if the provider's key is none of AWS's. */
    static @Nullable AwsSignature of(Provider provider) {
        Matcher key = ACCESS_KEY.matcher(provider.apiKey() == null ? "" : provider.apiKey().value());
        if (!key.matches()) {
            return null;
        }
        Matcher region = REGION.matcher(provider.baseUrl().getHost());
        return new AwsSignature(
                key.group(3) == null
                        ? AwsCredentialsIdentity.create(key.group(1), key.group(2))
                        : AwsSessionCredentialsIdentity.create(key.group(1), key.group(2), key.group(3)),
                provider.baseUrl(), region.find() ? region.group(1) : "us-east-1");
    }

    /** The request with the headers that prove who sends it; good for some minutes. */
    OutboundRequest sign(OutboundRequest request, Instant now) {
        SdkHttpRequest unsigned = SdkHttpRequest.builder().method(SdkHttpMethod.POST)
                .protocol(host.getScheme().equals("https") ? "https" : "http").host(host.getHost())
                .port(host.getPort() > 0 ? host.getPort() : null).encodedPath(request.path())
                .putHeader("content-type", "application/json").build();
        SignedRequest signed = signer.sign(sign -> sign.identity(identity).request(unsigned)
                .payload(ContentStreamProvider.fromByteArray(request.body()))
                .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "bedrock")
                .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(now, ZoneOffset.UTC)));
        var headers = new HashMap<>(request.headers());
        signed.request().forEachHeader((name, values) -> {
            if (!name.equalsIgnoreCase("host")) { // the client's own, and the same
                headers.put(name.toLowerCase(Locale.ROOT), values.getFirst());
            }
        });
        return new OutboundRequest(request.path(), headers, request.body(), request.calls(), request.dropped());
    }
}
