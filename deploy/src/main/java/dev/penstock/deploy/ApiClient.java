package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A running Penstock, as the client commands call it: at {@code PENSTOCK_URL} with {@code PENSTOCK_API_KEY}. */
final class ApiClient {
    static final ObjectMapper JSON = new ObjectMapper();

    private static final String DATA = "data: ";

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final String key;

    ApiClient(String url, String key) {
        this.url = url;
        this.key = key;
    }

    /** By the environment; the key of a Penstock that runs in this folder is found by itself. */
    static ApiClient ofEnvironment() throws IOException {
        String url = System.getenv().getOrDefault("PENSTOCK_URL", "http://127.0.0.1:8080");
        String key = System.getenv("PENSTOCK_API_KEY");
        return new ApiClient(url, key == null ? ApiKeyFile.read(Path.of(".penstock")) : key);
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = http.send(request(path).build(), BodyHandlers.ofLines());
        String body = String.join("\n", response.body().toList());
        check(response.statusCode(), body);
        return JSON.readTree(body);
    }

    /** Hands over the data of each event until the stream ends. */
    void events(String path, Consumer<String> data) throws IOException, InterruptedException {
        stream(request(path).build(), data);
    }

    /** As {@link #events}, of the answer to a POST. */
    void post(String path, JsonNode body, Consumer<String> data) throws IOException, InterruptedException {
        stream(request(path).header("content-type", "application/json").POST(BodyPublishers.ofString(body.toString()))
                .build(), data);
    }

    private void stream(HttpRequest request, Consumer<String> data) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
        if (response.statusCode() != 200) {
            check(response.statusCode(), String.join("\n", response.body().toList()));
        }
        response.body().filter(line -> line.startsWith(DATA)).map(line -> line.substring(DATA.length())).forEach(data);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).header("authorization", "Bearer " + key);
    }

    private static void check(int status, String body) throws IOException {
        if (status != 200) {
            JsonNode message = JSON.readTree(body).path("error").path("message");
            throw new IOException(status + ": " + (message.isTextual() ? message.asText() : "no answer"));
        }
    }
}
