package dev.penstock.deploy.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A simulator on a free port and a client of it. */
final class Caller implements AutoCloseable {
    static final ObjectMapper MAPPER = new ObjectMapper();

    final Simulator simulator;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client;

    Caller(SimulatorSettings settings) throws Exception {
        this(settings, HttpClient.Version.HTTP_1_1);
    }

    Caller(SimulatorSettings settings, HttpClient.Version version) throws Exception {
        client = HttpClient.newBuilder().version(version).build();
        simulator = Simulator.start(vertx, "127.0.0.1", 0, settings).await(10, TimeUnit.SECONDS);
    }

    static ObjectNode chat(String prompt) {
        var body = MAPPER.createObjectNode().put("model", "sim-small");
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body;
    }

    static ObjectNode stream(String prompt) {
        return chat(prompt).put("stream", true);
    }

    HttpResponse<String> post(JsonNode body, String... headers) throws IOException, InterruptedException {
        return postTo("/v1/chat/completions", body, headers);
    }

    HttpResponse<String> postTo(String path, JsonNode body, String... headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        return client.send(headers.length == 0 ? request.build() : request.headers(headers).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    JsonNode answer(JsonNode body) throws IOException, InterruptedException {
        return MAPPER.readTree(post(body).body());
    }

    /** The data of the events, without {@code [DONE]} but only if it came last. */
    List<JsonNode> events(JsonNode body) throws IOException, InterruptedException {
        var data = data(post(body).body());
        if (!data.getLast().equals("[DONE]")) {
            throw new AssertionError("the stream does not end with [DONE]");
        }
        return data.subList(0, data.size() - 1).stream().map(Caller::parse).toList();
    }

    static List<String> data(String body) {
        return body.lines().filter(Predicate.not(String::isEmpty)).map(line -> line.substring("data: ".length()))
                .toList();
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return MAPPER.readTree(client
                .send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString()).body());
    }

    static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }

    /** The text of a choice, joined from its chunks. */
    static String text(List<JsonNode> events, int choice) {
        var text = new StringBuilder();
        for (var event : events) {
            for (var said : event.path("choices")) {
                if (said.path("index").asInt() == choice) {
                    text.append(said.path("delta").path("content").asText(""));
                }
            }
        }
        return text.toString();
    }

    static String script(int tokens) {
        var text = new StringBuilder();
        for (int i = 0; i < tokens; i++) {
            text.append(Script.piece(i));
        }
        return text.toString();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + simulator.port() + path);
    }

    @Override
    public void close() {
        client.shutdownNow();
        vertx.close().await();
    }
}
