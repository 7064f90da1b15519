package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseRetrieveParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.penstock.ingress.Ingress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept is read back at any ingress: in whole, or exactly what of a stream is missing. */
@Timeout(60)
class KeptAnswersTest {
    private static final String OTHER_KEY = "sk-other";
    /** {@code -Dstreams=100} for as many streams as are promised. */
    private static final int STREAMS = Integer.getInteger("streams", 12);

    @TempDir
    static Path folder;

    private static TestBed bed;
    private static Ingress second;

    @BeforeAll
    static void start() throws Exception {
        bed = new TestBed(folder, "tenants: {other: {keys: [{id: main, key: " + OTHER_KEY + "}]}}\n");
        second = bed.anotherIngress();
    }

    @AfterAll
    static void stop() {
        second.close(Duration.ofSeconds(1)).await();
        bed.close();
    }

    @Test
    void aBackgroundResponseIsQueuedAtOnceAndCompleteAtAnotherIngress() throws Exception {
        JsonNode queued = json(post(bed.port(), "/responses", """
                {"model": "sim-small", "input": "[[sim ttft=300 itl=1 tokens=5]] Hi", "background": true}"""));
        assertThat(queued.path("status").asText()).isEqualTo("queued");
        assertThat(queued.path("background").asBoolean()).isTrue();
        String path = "/responses/" + queued.path("id").asText();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(
                () -> assertThat(json(get(second.port(), path, TestBed.KEY)).path("status").asText())
                        .isEqualTo("completed"));
        JsonNode complete = json(get(second.port(), path, TestBed.KEY));
        assertThat(complete.at("/output/0/content/0/text").asText()).isNotBlank();
        assertThat(complete.path("usage").path("output_tokens").asInt()).isEqualTo(5);
        assertThat(get(bed.port(), path, OTHER_KEY).statusCode()).isEqualTo(404);
        assertThat(get(bed.port(), path + "?stream=true", TestBed.KEY).statusCode()).isEqualTo(400);
        assertThat(json(get(bed.port(), path + "/input_items", TestBed.KEY)).at("/data/0/role").asText())
                .isEqualTo("user");

        JsonNode deleted = json(send(second.port(), path, TestBed.KEY, "DELETE", ""));
        assertThat(deleted.path("deleted").asBoolean()).isTrue();
        assertThat(get(bed.port(), path, TestBed.KEY).statusCode()).isEqualTo(404);
        assertThat(get(bed.port(), "/responses/resp_nothing", TestBed.KEY).statusCode()).isEqualTo(404);
    }

    @Test
    void aCancelledResponseStaysCancelledAndItsCallIsCutOff() throws Exception {
        JsonNode queued = json(post(bed.port(), "/responses", """
                {"model": "sim-small", "input": "[[sim ttft=100 itl=100 tokens=300]] Hi", "background": true}"""));
        String path = "/responses/" + queued.path("id").asText();
        await().atMost(Duration.ofSeconds(20)).until(
                () -> json(get(bed.port(), path, TestBed.KEY)).path("status").asText().equals("in_progress"));
        assertThat(json(send(second.port(), path + "/cancel", TestBed.KEY, "POST", "")).path("status").asText())
                .isEqualTo("cancelled");
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(bed.read(bed.settings.topics().usage()))
                .anyMatch(event -> event.getRequestId().equals(queued.path("id").asText())
                        && event.getEnd().name().equals("ABANDONED")));
        assertThat(json(get(bed.port(), path, TestBed.KEY)).path("status").asText()).isEqualTo("cancelled");
    }

    @Test
    void aResponseGoesOnFromAStoredOneAndFromNothingElse() throws Exception {
        JsonNode first = json(post(bed.port(), "/responses", """
                {"model": "sim-small", "input": "[[sim ttft=1 itl=1 tokens=4]] One", "store": true}"""));
        JsonNode next = json(post(second.port(), "/responses",
                """
                        {"model": "sim-small", "input": "[[sim ttft=1 itl=1 tokens=4]] Two", "store": true, "previous_response_id": "%s"}"""
                        .formatted(first.path("id").asText())));
        assertThat(next.path("previous_response_id").asText()).isEqualTo(first.path("id").asText());
        assertThat(next.at("/usage/input_tokens").asInt()).isGreaterThan(first.at("/usage/input_tokens").asInt());
        JsonNode items = json(get(bed.port(), "/responses/" + next.path("id").asText() + "/input_items", TestBed.KEY));
        assertThat(items.path("data").valueStream().map(item -> item.path("role").asText())).containsExactly("user",
                "assistant", "user");
        HttpResponse<String> unknown = post(bed.port(), "/responses", """
                {"model": "sim-small", "input": "Hi", "previous_response_id": "resp_1"}""");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("previous_response_not_found");
    }

    @Test
    void openAisClientStreamsInTheBackgroundAndResumes() {
        OpenAIClient client = OpenAIOkHttpClient.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).build();
        OpenAIClient elsewhere = OpenAIOkHttpClient.builder().baseUrl(url(second.port())).apiKey(TestBed.KEY).build();
        var seen = new ArrayList<ResponseStreamEvent>();
        try (var stream = client.responses().createStreaming(ResponseCreateParams.builder().model("sim-small")
                .input("[[sim ttft=10 itl=20 tokens=30]] Hi").background(true).build())) {
            stream.stream().limit(8).forEach(seen::add);
        }
        String id = seen.getFirst().asCreated().response().id();
        try (var rest = elsewhere.responses().retrieveStreaming(
                ResponseRetrieveParams.builder().responseId(id).startingAfter(7).build())) {
            rest.stream().forEach(seen::add);
        }
        assertThat(seen.getLast().isCompleted()).isTrue();
        String text = seen.stream().flatMap(event -> event.outputTextDelta().stream()).map(delta -> delta.delta())
                .reduce("", String::concat);
        assertThat(seen.getLast().asCompleted().response().status()).contains(ResponseStatus.COMPLETED);
        assertThat(seen.getLast().asCompleted().response().output().getFirst().asMessage().content().getFirst()
                .asOutputText().text()).isEqualTo(text);
    }

    /** Chat streams of one content are cut at random places and read on at either ingress, some of them again and again. */
    @Test
    void aStreamThatIsCutAnywhereIsReadOnWithoutGapOrRepetition() throws Exception {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> all = pool.invokeAll(
                    IntStream.range(0, STREAMS).<Callable<Void>>mapToObj(seed -> () -> cutAndResume(seed)).toList());
            for (Future<Void> one : all) {
                one.get();
            }
        }
    }

    private static Void cutAndResume(int seed) throws Exception {
        var random = new Random(seed);
        String body = """
                {"model": "sim-small", "stream": true, "store": true,
                 "messages": [{"role": "user", "content": "[[sim ttft=5 itl=%d tokens=40]] Hello %d"}]}"""
                .formatted(random.nextInt(1, 30), seed);
        var events = new ArrayList<String>();
        String id = cut(request(bed.port(), "/chat/completions", TestBed.KEY, "POST", body), random.nextInt(1, 30),
                events);
        while (!events.getLast().contains("[DONE]")) {
            int port = random.nextBoolean() ? bed.port() : second.port();
            String last = events.getLast().substring("id: ".length(), events.getLast().indexOf('\n'));
            cut(request(port, "/chat/completions/" + id + "?stream=true&starting_after=" + last, TestBed.KEY, "GET",
                    ""),
                    random.nextInt(1, 60), events);
        }
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i)).startsWith("id: " + i + "\n");
        }
        var text = new StringBuilder();
        for (String event : events) {
            if (!event.contains("[DONE]")) {
                text.append(ApiClient.parse(event.substring(event.indexOf("data: ") + 6)).at("/choices/0/delta/content")
                        .asText(""));
            }
        }
        JsonNode whole = json(get(second.port(), "/chat/completions/" + id, TestBed.KEY));
        assertThat(whole.at("/choices/0/message/content").asText()).isNotBlank().isEqualTo(text.toString());
        return null;
    }

    /** Reads so many events of a stream, then cuts the connection; returns the request's id. */
    private static String cut(HttpRequest request, int most, List<String> events) throws Exception {
        HttpResponse<java.io.InputStream> response = bed.http.send(request, BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            var event = new StringBuilder();
            int read = 0;
            for (String line = lines.readLine(); line != null && read < most; line = lines.readLine()) {
                if (!line.isEmpty()) {
                    event.append(line).append('\n');
                } else if (event.toString().startsWith("id: ")) {
                    events.add(event.toString());
                    event.setLength(0);
                    read++;
                } else {
                    event.setLength(0);
                }
            }
        }
        return response.headers().firstValue("x-request-id").orElseThrow();
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port + "/v1";
    }

    private static HttpRequest request(int port, String path, String key, String method, String body) {
        return HttpRequest.newBuilder(URI.create(url(port) + path)).timeout(Duration.ofSeconds(30))
                .header("authorization", "Bearer " + key).header("content-type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)).build();
    }

    private static HttpResponse<String> send(int port, String path, String key, String method, String body)
            throws IOException, InterruptedException {
        return bed.http.send(request(port, path, key, method, body), BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(int port, String path, String key)
            throws IOException, InterruptedException {
        return send(port, path, key, "GET", "");
    }

    private static HttpResponse<String> post(int port, String path, String body)
            throws IOException, InterruptedException {
        return send(port, path, TestBed.KEY, "POST", body);
    }

    private static JsonNode json(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return ApiClient.parse(response.body());
    }
}
