package dev.penstock.metering.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Posts events to one webhook, signed. Answers are waited for on the HTTP client's threads; their bodies are not read. */
final class Post implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final String ALGORITHM = "HmacSHA256";

    /**
     * What came of an attempt.
     *
     * @param status of the answer; null if there was none
     * @param failure why there was none
     */
    record Answer(@Nullable Integer status, @Nullable String failure) {
        boolean delivered() {
            return status != null && status / 100 == 2;
        }

        /** The webhook says that it is no more. */
        boolean gone() {
            return status != null && status == 410;
        }
    }

    private final Webhook webhook;
    private final SecretKeySpec key;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(CONNECT).build();

    Post(Webhook webhook) {
        this.webhook = webhook;
        this.key = new SecretKeySpec(webhook.key(), ALGORITHM);
    }

    /** Posts an event; the future never fails. */
    CompletableFuture<Answer> send(String id, byte[] payload, Instant now) {
        long timestamp = now.getEpochSecond();
        HttpRequest request = HttpRequest.newBuilder(webhook.url()).timeout(ANSWER)
                .header("content-type", "application/json").header("user-agent", "Penstock")
                .header("webhook-id", id).header("webhook-timestamp", Long.toString(timestamp))
                .header("webhook-signature", signature(id, timestamp, payload))
                .POST(BodyPublishers.ofByteArray(payload)).build();
        return http.sendAsync(request, BodyHandlers.ofInputStream()).thenApply(Post::answer).exceptionally(Post::none);
    }

    /** Breaks off what is under way. */
    @Override
    public void close() {
        http.shutdownNow();
    }

    String signature(String id, long timestamp, byte[] payload) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(payload));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has HmacSHA256", e);
        }
    }

    private static Answer answer(HttpResponse<InputStream> response) {
        try (InputStream _ = response.body()) {
            return new Answer(response.statusCode(), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Answer none(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
        return new Answer(null, switch (cause) {
            case HttpConnectTimeoutException _,ConnectException _ -> "connect";
            case HttpTimeoutException _ -> "timeout";
            default -> "connection";
        });
    }
}
