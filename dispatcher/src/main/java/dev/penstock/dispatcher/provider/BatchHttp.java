package dev.penstock.dispatcher.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.penstock.schemas.catalog.Provider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Blocking HTTP for batch APIs: a few calls an hour, of up to many MB, on threads of their own. It is the JDK's client
 * and not that of the event loops, which nothing here is to burden.
 */
final class BatchHttp {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final URI base;
    private final Map<String, String> headers;
    private final HttpClient http;

    /** An answer that is JSON, or missing where it is none. */
    record Reply(int status, JsonNode json) {
        boolean isGood() {
            return status >= 200 && status <= 299;
        }

        /** Whether the same would be refused again. */
        boolean isRefusal() {
            return status >= 400 && status < 500 && status != 408 && status != 409 && status != 429;
        }

        /** The JSON of a good answer. */
        JsonNode orFail() throws IOException {
            if (!isGood()) {
                throw new IOException("the provider answers with status " + status);
            }
            return json;
        }
    }

    /** Takes a line of an answer. */
    interface LineSink {
        void line(JsonNode line) throws IOException;
    }

    /** @param headers of every request beside the usual ones, the key among them */
    BatchHttp(Provider provider, Map<String, String> headers) {
        URI url = provider.baseUrl();
        boolean clear = url.getScheme().equals("h2c");
        this.base = clear ? URI.create("http" + url.toString().substring("h2c".length())) : url;
        this.headers = new HashMap<>(headers);
        this.headers.putAll(Map.of("accept", "application/json", "user-agent", "penstock"));
        this.http = HttpClient.newBuilder()
                .version(clear || url.getScheme().equals("https")
                        ? HttpClient.Version.HTTP_2
                        : HttpClient.Version.HTTP_1_1)
                .connectTimeout(provider.timeouts().connect()).build();
    }

    /** @param path from the root of the host, with the query */
    Reply get(String path) throws IOException {
        return reply(request(path).GET().build());
    }

    /** Posts nothing. */
    Reply post(String path) throws IOException {
        return post(path, "application/json", Map.of(), List.of());
    }

    /** Posts these pieces, which are JSON, one after the other. */
    Reply post(String path, List<byte[]> body) throws IOException {
        return post(path, "application/json", Map.of(), body);
    }

    /** Posts these pieces one after the other. */
    Reply post(String path, String type, Map<String, String> more, List<byte[]> body) throws IOException {
        long length = body.stream().mapToLong(piece -> piece.length).sum();
        BodyPublisher publisher = length == 0
                ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(body), length);
        HttpRequest.Builder request = request(path).header("content-type", type).POST(publisher);
        more.forEach(request::header);
        return reply(request.build());
    }

    /** Gets lines of JSON as they come. */
    void lines(String path, LineSink sink) throws IOException {
        HttpResponse<InputStream> response = send(request(path).GET().build());
        try (var reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            new Reply(response.statusCode(), MissingNode.getInstance()).orFail();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank()) {
                    sink.line(CanonicalBody.JSON.readTree(line));
                }
            }
        }
    }

    /** The first line of JSON, without waiting for the others. */
    Optional<JsonNode> firstLine(String path) throws IOException {
        HttpResponse<InputStream> response = send(request(path).GET().build());
        try (var reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            new Reply(response.statusCode(), MissingNode.getInstance()).orFail();
            String line = reader.readLine();
            return line == null ? Optional.empty() : Optional.of(CanonicalBody.JSON.readTree(line));
        }
    }

    /** A text that an answer must have. */
    static String text(JsonNode json, String field) throws IOException {
        String text = json.path(field).textValue();
        if (text == null) {
            throw new IOException("the provider's answer has no " + field);
        }
        return text;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Reply reply(HttpRequest request) throws IOException {
        HttpResponse<InputStream> response = send(request);
        try (InputStream body = response.body()) {
            boolean good = response.statusCode() / 100 == 2;
            JsonNode json = good ? CanonicalBody.JSON.readTree(body) : MissingNode.getInstance();
            return new Reply(response.statusCode(), json == null ? MissingNode.getInstance() : json);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE);
        headers.forEach(request::header);
        return request;
    }

    private HttpResponse<InputStream> send(HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
