package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.UsageEvent;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The whole way, from OpenAI's own SDK through real Kafka to the simulated provider and back. */
@TestInstance(Lifecycle.PER_CLASS)
class EndToEndTest {
    private TestBed bed;
    private OpenAIClient openai;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = bed(folder);
        openai = client(TestBed.KEY);
    }

    /** Where the suite runs. */
    TestBed bed(Path folder) throws Exception {
        return new TestBed(folder);
    }

    @AfterAll
    void stop() {
        openai.close();
        bed.close();
    }

    @Test
    void theSdkGetsAWholeAnswer() {
        ChatCompletion answer = openai.chat().completions().create(ask("[[sim tokens=5 ttft=0 itl=0]] Hello").build());

        assertThat(answer.id()).startsWith("chatcmpl-");
        assertThat(answer.choices().getFirst().message().content()).hasValueSatisfying(text -> assertThat(text)
                .isNotBlank());
        assertThat(answer.usage()).hasValueSatisfying(usage -> assertThat(usage.completionTokens()).isEqualTo(5));
    }

    @Test
    void theSdkStreamsAnAnswer() {
        var text = new StringBuilder();
        try (var stream = openai.chat().completions().createStreaming(ask("[[sim tokens=7 itl=1]] Hello").build())) {
            stream.stream().forEach(chunk -> chunk.choices().forEach(choice -> choice.delta().content()
                    .ifPresent(piece -> text.append(piece).append('|'))));
        }

        assertThat(text.toString().chars().filter(c -> c == '|').count()).isEqualTo(7);
    }

    @Test
    void theSdkCallsATool() {
        var tool = Map.of("type", "function", "function",
                Map.of("name", "get_weather", "parameters", Map.of("type", "object", "properties",
                        Map.of("city", Map.of("type", "string")), "required", List.of("city"))));
        ChatCompletion answer = openai.chat().completions()
                .create(ask("Weather?").putAdditionalBodyProperty("tools", JsonValue.from(List.of(tool)))
                        .putAdditionalBodyProperty("tool_choice", JsonValue.from("required")).build());

        var call = answer.choices().getFirst().message().toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.function().name()).isEqualTo("get_weather");
        assertThat(call.function().arguments()).contains("city");
        assertThat(answer.choices().getFirst().finishReason())
                .isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    }

    @Test
    void theSdkGetsJsonOfASchema() throws IOException {
        var schema = Map.of("type", "json_schema", "json_schema",
                Map.of("name", "label", "strict", true, "schema", Map.of("type", "object", "properties",
                        Map.of("label", Map.of("type", "string", "enum", List.of("spam", "ham"))), "required",
                        List.of("label"),
                        "additionalProperties", false)));
        ChatCompletion answer = openai.chat().completions()
                .create(ask("Classify").putAdditionalBodyProperty("response_format", JsonValue.from(schema)).build());

        String text = answer.choices().getFirst().message().content().orElseThrow();
        assertThat(ApiClient.JSON.readTree(text).path("label").asText()).isIn("spam", "ham");
    }

    @Test
    void failuresAreTheSdksOwnExceptions() {
        assertThatThrownBy(() -> openai.chat().completions().create(ask("Hi").temperature(3.0).build()))
                .isInstanceOf(BadRequestException.class).hasMessageContaining("temperature");
        assertThatThrownBy(() -> openai.chat().completions().create(ask("Hi").model("no-such-model").build()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(
                () -> openai.chat().completions().create(ask("[[sim fault=429@1]]").model("sim-large").build()))
                .isInstanceOf(RateLimitException.class);
        OpenAIClient stranger = client("sk-wrong");
        assertThatThrownBy(() -> stranger.chat().completions().create(ask("Hi").build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void anErrorInsideATwoHundredIsAProperError() throws Exception {
        HttpResponse<String> response = bed.post(body("[[sim fault=error200]]", true));

        assertThat(response.statusCode()).isGreaterThanOrEqualTo(400);
        assertThat(response.body()).contains("\"error\"");
    }

    @Test
    void aStreamThatBreaksEndsWithAnErrorAndWithoutDone() throws Exception {
        HttpResponse<String> response = bed.post(body("[[sim tokens=20 itl=1 fault=drop@3]]", true));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("data: {\"error\"").doesNotContain("[DONE]");
    }

    @Test
    void everyAttemptThatEndedIsInTheUsageOnce() throws Exception {
        bed.post(body("[[sim tokens=3 itl=0 ttft=0]]", true));
        bed.post(body("[[sim fault=503]]", false));

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            List<String> ended = bed.read(bed.settings.topics().attempts()).stream()
                    .filter(AttemptEnded.class::isInstance).map(AttemptEnded.class::cast)
                    .map(AttemptEnded::getAttemptId)
                    .toList();
            assertThat(ended).isNotEmpty();
            assertThat(bed.read(bed.settings.topics().usage())).extracting(UsageEvent::getAttemptId)
                    .containsExactlyInAnyOrderElementsOf(ended);
        });
    }

    @Test
    void aClientThatLeavesCutsTheProviderOffAndIsMetered() throws Exception {
        long abortedBefore = bed.simulated("streams_aborted");
        try (Socket socket = open("[[sim tokens=0 ttft=0 itl=5]]")) {
            assertThat(socket.getInputStream().read()).isPositive();
        }

        await().untilAsserted(() -> assertThat(bed.simulated("streams_aborted")).isGreaterThan(abortedBefore));
        await().untilAsserted(() -> assertThat(bed.read(bed.settings.topics().usage()))
                .anySatisfy(usage -> assertThat(usage.getEnd()).isEqualTo(AttemptEnd.ABANDONED)));
    }

    @Test
    void readersThatStopReadingHoldAStreamAndNotMemory() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 60; i++) {
                sockets.add(open("[[sim tokens=0 ttft=0 itl=0]]"));
            }
            await().atMost(Duration.ofMinutes(3)).until(this::providersStandStill);
            long before = heap();
            await().atMost(Duration.ofMinutes(3)).until(this::providersStandStill);

            assertThat(heap() - before).isLessThan(16 << 20);
            assertThat(before).isLessThan(600L << 20);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private boolean providersStandStill() throws Exception {
        long tokens = bed.simulated("tokens");
        Thread.sleep(3000); // longer than a busy machine holds its breath
        return tokens > 0 && bed.simulated("tokens") == tokens;
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private Socket open(String prompt) throws IOException {
        var socket = new Socket("127.0.0.1", bed.port());
        byte[] body = body(prompt, true).getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream()
                .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + TestBed.KEY + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                        + "\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().write(body);
        return socket;
    }

    static String body(String prompt, boolean stream) {
        return "{\"model\":\"sim-small\",\"stream\":" + stream + ",\"messages\":[{\"role\":\"user\",\"content\":\""
                + prompt
                + "\"}]}";
    }

    private static ChatCompletionCreateParams.Builder ask(String prompt) {
        return ChatCompletionCreateParams.builder().model("sim-small").addUserMessage(prompt);
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder().baseUrl(bed.url()).apiKey(key).maxRetries(0).build();
    }
}
