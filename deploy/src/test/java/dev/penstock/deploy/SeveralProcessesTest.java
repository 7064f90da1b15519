package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Broker, simulator and each role as a process of its own give the same as all of them in one. */
class SeveralProcessesTest {
    private static final String KEY = "sk-test";

    @TempDir
    Path folder;

    private final List<Process> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void stop() {
        Processes.stop(processes);
        http.close();
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void answerStreamAndMeter() throws Exception {
        String kafka = start("broker", "127.0.0.1", "--port", "0", "--data", folder.resolve("broker").toString());
        String simulator = start("simulator", "http", "--port", "0");
        Path settings = Processes.settings(folder, "kafka: {partitions: 2}\n");
        List<String> common = List.of("--kafka", kafka, "--config", settings.toString(), "--simulator", simulator);
        start("metering", "Metering", with(common, "--data", folder.resolve("metering").toString()));
        start("dispatcher", "dispatcher", with(common));
        String url = start("ingress", "http", with(common, "--port", "0"));

        JsonNode whole = ApiClient.parse(chat(url, false).body());
        assertThat(whole.at("/choices/0/message/content").asText()).isNotBlank();
        String streamed = chat(url, true).body();
        assertThat(streamed).contains("chat.completion.chunk").endsWith("data: [DONE]\n\n");

        BigDecimal cost = whole.at("/usage/cost").decimalValue();
        assertThat(cost).isPositive();
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            JsonNode usage = ApiClient
                    .parse(http.send(request(url + "/usage").build(), BodyHandlers.ofString()).body());
            assertThat(usage.path("attempts").asInt()).isEqualTo(2);
            assertThat(BigDecimal.valueOf(usage.path("cost_nano_usd").asLong(), 9))
                    .isEqualByComparingTo(cost.multiply(BigDecimal.TWO));
        });
    }

    private HttpResponse<String> chat(String url, boolean stream) throws IOException, InterruptedException {
        return http.send(request(url + "/chat/completions").POST(BodyPublishers.ofString(
                EndToEndTest.body("[[sim ttft=5 itl=1 tokens=5]] Hello", stream))).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(60)).header("authorization",
                "Bearer " + KEY);
    }

    private static String[] with(List<String> common, String... more) {
        return Stream.concat(common.stream(), Stream.of(more)).toArray(String[]::new);
    }

    /** Returns, when the command says a line with it, the word of that line which starts with this. */
    private String start(String command, String word, String... options) throws IOException {
        Path output = folder.resolve(command + ".log");
        processes.add(Processes.start(output, KEY, with(List.of(command), options)));
        await().atMost(Duration.ofSeconds(60)).until(() -> !Processes.line(output, word).isEmpty());
        return Stream.of(Processes.line(output, word).split(" ")).filter(each -> each.startsWith(word)).findFirst()
                .orElseThrow();
    }
}
