package dev.penstock.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A running Penstock, as the client commands call it: at {@code PENSTOCK_URL} with {@code PENSTOCK_API_KEY}. Whatever
 * goes wrong is an {@link IOException} whose message is fit for the user.
 */
final class ApiClient {
    /** Amounts of money stay exact. */
    static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private static final String DATA = "data:";

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final String key;

    private ApiClient(String url, String key) {
        this.url = url;
        this.key = key;
    }

    /** By the environment; the key of a Penstock that runs in this folder is found by itself. */
    static ApiClient of(Map<String, String> environment) throws IOException {
        String url = environment.getOrDefault("PENSTOCK_URL", "http://127.0.0.1:8080")
                .replaceAll("(/v1)?/*$", "");
        String key = environment.get("PENSTOCK_API_KEY");
        try {
            return new ApiClient(url, key == null || key.isEmpty() ? KeyFile.API.read(Path.of(".penstock")) : key);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no API key: set PENSTOCK_API_KEY, or run this where penstock up runs", e);
        }
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        try (Stream<String> lines = send(request(path).build())) {
            return parse(lines.collect(Collectors.joining("\n")));
        }
    }

    /** The answer to a POST of a JSON document. */
    JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        try (Stream<String> lines = send(request(path).header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())).build())) {
            return parse(lines.collect(Collectors.joining("\n")));
        }
    }

    /** Uploads a file in a form, as it is read. */
    JsonNode upload(String path, Path file, String purpose) throws IOException, InterruptedException {
        String boundary = "penstock-" + UUID.randomUUID();
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose
                + "\r\n--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                + file.getFileName() + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        var body = BodyPublishers.concat(BodyPublishers.ofString(head), BodyPublishers.ofFile(file),
                BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"));
        try (Stream<String> lines = send(request(path)
                .header("content-type", "multipart/form-data; boundary=" + boundary).POST(body).build())) {
            return parse(lines.collect(Collectors.joining("\n")));
        }
    }

    /** Puts the answer into a file, as it comes. */
    void download(String path, Path file) throws IOException, InterruptedException {
        HttpResponse<Path> response = http.send(request(path).build(),
                BodyHandlers.ofFile(file, StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING));
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + ": " + message(Files.readString(file)));
        }
    }

    /** The answer as it comes. */
    String text(String path, String accept) throws IOException, InterruptedException {
        try (Stream<String> lines = send(request(path).header("accept", accept).build())) {
            return lines.collect(Collectors.joining(System.lineSeparator()));
        }
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

    /** Throws {@link UncheckedIOException} if it is none. */
    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(new IOException("what answers is no Penstock: it sent no JSON", e));
        }
    }

    private void stream(HttpRequest request, Consumer<String> data) throws IOException, InterruptedException {
        try (Stream<String> lines = send(request)) {
            lines.filter(line -> line.startsWith(DATA)).map(line -> line.substring(DATA.length()).strip())
                    .forEach(data);
        } catch (UncheckedIOException e) {
            IOException cause = e.getCause();
            String message = cause == null ? null : cause.getMessage();
            throw new IOException(message == null ? "the connection broke" : message, e);
        }
    }

    private Stream<String> send(HttpRequest request) throws IOException, InterruptedException {
        try {
            HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
            if (response.statusCode() == 200) {
                return response.body();
            }
            try (Stream<String> lines = response.body()) {
                throw new IOException(response.statusCode() + ": " + message(lines.collect(Collectors.joining("\n"))));
            }
        } catch (ConnectException e) {
            throw new IOException("nothing answers at " + url + "; is penstock up running?", e);
        }
    }

    private HttpRequest.Builder request(String path) throws IOException {
        try {
            return HttpRequest.newBuilder(URI.create(url + path)).header("authorization", "Bearer " + key);
        } catch (IllegalArgumentException e) {
            throw new IOException("PENSTOCK_URL must be an http or https URL, PENSTOCK_API_KEY a word", e);
        }
    }

    /** Of an error in OpenAI's shape. */
    private static String message(String body) {
        try {
            return JSON.readTree(body).path("error").path("message").asText("no message");
        } catch (JsonProcessingException _) {
            return "no message";
        }
    }
}
