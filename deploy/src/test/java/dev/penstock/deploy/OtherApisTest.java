package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.OverloadedException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.SseException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.WebSearchTool;
import dev.penstock.schemas.event.UsageEvent;
import dev.penstock.schemas.event.UsageSource;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
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

/** The other APIs the whole way, by the SDKs of those who made them. {@code validate} holds an answer against its schema. */
@TestInstance(Lifecycle.PER_CLASS)
class OtherApisTest {
    private TestBed bed;
    private AnthropicClient anthropic;
    private OpenAIClient openai;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = new TestBed(folder);
        anthropic = anthropic(TestBed.KEY);
        openai = OpenAIOkHttpClient.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).maxRetries(0).build();
    }

    @AfterAll
    void stop() {
        anthropic.close();
        openai.close();
        bed.close();
    }

    @Test
    void anthropicsSdkGetsAWholeMessage() {
        Message message = anthropic.messages().create(message("[[sim tokens=5 ttft=0 itl=0]] Hello")
                .system("Be brief.").build()).validate();

        assertThat(message.id()).startsWith("msg_");
        assertThat(message.content().getFirst().asText().text()).isNotBlank();
        assertThat(message.stopReason()).contains(StopReason.END_TURN);
        assertThat(message.usage().outputTokens()).isEqualTo(5);
    }

    @Test
    void anthropicsSdkStreamsAMessage() {
        var accumulator = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(message("[[sim tokens=7 itl=1]] Hello").build())) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }

        Message message = accumulator.message().validate();
        assertThat(message.content().getFirst().asText().text()).isNotBlank();
        assertThat(message.usage().outputTokens()).isEqualTo(7);
        assertThat(message.usage().inputTokens()).isPositive();
    }

    @Test
    void anthropicsSdkCallsATool() {
        MessageCreateParams params = message("Weather?").addTool(Tool.builder().name("get_weather")
                .inputSchema(Tool.InputSchema.builder().type(JsonValue.from("object"))
                        .putAdditionalProperty("properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                        .putAdditionalProperty("required", JsonValue.from(List.of("city"))).build())
                .build()).toolChoice(ToolChoiceAny.builder().build()).build();
        Message whole = anthropic.messages().create(params).validate();
        var accumulator = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(params)) {
            stream.stream().forEach(accumulator::accumulate);
        }

        for (Message message : List.of(whole, accumulator.message())) {
            var call = message.content().getFirst().asToolUse();
            assertThat(call.name()).isEqualTo("get_weather");
            assertThat(call._input().toString()).contains("city");
            assertThat(message.stopReason()).contains(StopReason.TOOL_USE);
        }
        var next = params.toBuilder().addMessage(whole).addUserMessageOfContentBlockParams(List.of(
                com.anthropic.models.messages.ContentBlockParam.ofToolResult(
                        com.anthropic.models.messages.ToolResultBlockParam.builder()
                                .toolUseId(whole.content().getFirst().asToolUse().id()).content("Rain.").build())))
                .build();
        assertThat(anthropic.messages().create(next).validate().stopReason()).isPresent();
    }

    @Test
    void failuresAreAnthropicsOwnExceptions() {
        assertThatThrownBy(() -> anthropic.messages().create(message("Hi")
                .putAdditionalBodyProperty("temperature", JsonValue.from(3.0)).build()))
                .isInstanceOf(BadRequestException.class).hasMessageContaining("temperature");
        assertThatThrownBy(() -> anthropic.messages().create(message("Hi").model("no-such-model").build()))
                .isInstanceOf(NotFoundException.class).hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> anthropic.messages().create(message("[[sim fault=429@2]]").build()))
                .isInstanceOf(RateLimitException.class);
        assertThatThrownBy(() -> anthropic.messages().create(message("[[sim fault=503]]").build()))
                .isInstanceOf(OverloadedException.class);
        AnthropicClient stranger = anthropic("sk-wrong");
        assertThatThrownBy(() -> stranger.messages().create(message("Hi").build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
        assertThatThrownBy(() -> {
            try (var stream = anthropic.messages()
                    .createStreaming(message("[[sim tokens=20 itl=1 fault=drop@3]]").build())) {
                stream.stream().forEach(_ -> {});
            }
        }).isInstanceOf(SseException.class).hasMessageContaining("api_error");
    }

    @Test
    void aCountOfTokensCallsNobody() throws Exception {
        long before = bed.simulated("requests");
        long few = count("Hello");
        long many = count("Hello ".repeat(400));

        assertThat(few).isBetween(5L, 50L);
        assertThat(many).isBetween(500L, 800L);
        assertThat(bed.simulated("requests")).isEqualTo(before);
    }

    private long count(String text) {
        return anthropic.messages().countTokens(MessageCountTokensParams.builder().model("sim-small")
                .addUserMessage(text).build()).inputTokens();
    }

    @Test
    void openAisSdkGetsAResponse() {
        Response response = openai.responses().create(ResponseCreateParams.builder().model("sim-small")
                .instructions("Be brief.").input("[[sim tokens=5 ttft=0 itl=0]] Hello").temperature(0.5).build())
                .validate();

        assertThat(response.id()).startsWith("resp_");
        assertThat(response.status()).contains(ResponseStatus.COMPLETED);
        assertThat(response.output().getFirst().asMessage().content().getFirst().asOutputText().text()).isNotBlank();
        assertThat(response.instructions()).hasValueSatisfying(text -> assertThat(text.asString()).isEqualTo(
                "Be brief."));
        assertThat(response.temperature()).contains(0.5);
        assertThat(response.usage()).hasValueSatisfying(usage -> assertThat(usage.outputTokens()).isEqualTo(5));
    }

    @Test
    void openAisSdkStreamsAResponse() {
        var accumulator = ResponseAccumulator.create();
        var events = new ArrayList<ResponseStreamEvent>();
        try (var stream = openai.responses().createStreaming(ResponseCreateParams.builder().model("sim-small")
                .input("[[sim tokens=7 itl=1]] Hello").maxOutputTokens(5).build())) {
            stream.stream().forEach(event -> events.add(accumulator.accumulate(event.validate())));
        }

        assertThat(events.getFirst().isCreated()).isTrue();
        assertThat(events.stream().filter(ResponseStreamEvent::isOutputTextDelta)).hasSize(5);
        assertThat(events.getLast().isIncomplete()).isTrue();
        assertThat(accumulator.response().incompleteDetails()).isPresent();
        assertThat(accumulator.response().output()).hasSize(1);
    }

    @Test
    void openAisSdkCallsAToolByAResponse() {
        var parameters = FunctionTool.Parameters.builder()
                .putAdditionalProperty("type", com.openai.core.JsonValue.from("object"))
                .putAdditionalProperty("properties",
                        com.openai.core.JsonValue.from(Map.of("city", Map.of("type", "string"))))
                .putAdditionalProperty("required", com.openai.core.JsonValue.from(List.of("city"))).build();
        Response response = openai.responses().create(ResponseCreateParams.builder().model("sim-small")
                .input("Weather? [[sim tool]]")
                .addTool(FunctionTool.builder().name("get_weather").parameters(parameters).strict(false).build())
                .build()).validate();

        var call = response.output().getFirst().asFunctionCall();
        assertThat(call.name()).isEqualTo("get_weather");
        assertThat(call.arguments()).contains("city");
    }

    @Test
    void whatIsNotDoneHereIsRefusedByName() {
        var asked = ResponseCreateParams.builder().model("sim-small").input("Hi");
        assertThatThrownBy(() -> openai.responses().create(asked.previousResponseId("resp_1").build()))
                .isInstanceOfSatisfying(com.openai.errors.BadRequestException.class,
                        e -> assertThat(e.code()).contains("previous_response_not_found"));
        assertThatThrownBy(() -> openai.responses().create(ResponseCreateParams.builder().model("sim-small")
                .input("Hi").background(true).store(false).build()))
                .isInstanceOfSatisfying(com.openai.errors.BadRequestException.class,
                        e -> assertThat(e.param()).contains("store"));
        assertThatThrownBy(() -> openai.responses().create(ResponseCreateParams.builder().model("sim-small")
                .input("Hi").addTool(WebSearchTool.builder().type(WebSearchTool.Type.WEB_SEARCH).build()).build()))
                .isInstanceOfSatisfying(com.openai.errors.BadRequestException.class,
                        e -> assertThat(e.param()).contains("tools[0].type"));
    }

    @Test
    void aResponseThatBreaksOffFailsAndSaysWhy() throws Exception {
        HttpResponse<String> response = post("/responses", "{\"model\":\"sim-small\",\"stream\":true,"
                + "\"input\":\"[[sim tokens=20 itl=1 fault=drop@3]]\"}");

        List<String> data = response.body().lines().filter(line -> line.startsWith("data: ")).toList();
        for (int i = 0; i < data.size(); i++) {
            assertThat(ApiClient.JSON.readTree(data.get(i).substring(6)).path("sequence_number").asInt(-1))
                    .isEqualTo(i);
        }
        assertThat(data.get(data.size() - 2)).contains("\"response.failed\"").contains("\"status\":\"failed\"");
        assertThat(data.getLast()).contains("\"type\":\"error\"").contains("connection_lost");
    }

    @Test
    void openAisSdkGetsEmbeddings() {
        CreateEmbeddingResponse one = openai.embeddings().create(EmbeddingCreateParams.builder().model("sim-embed")
                .input("The quick brown fox").build());
        CreateEmbeddingResponse two = openai.embeddings().create(EmbeddingCreateParams.builder().model("sim-embed")
                .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT).dimensions(64)
                .inputOfArrayOfStrings(List.of("other", "The quick brown fox")).build());

        List<Float> vector = one.data().getFirst().embedding();
        assertThat(vector).isEqualTo(two.data().get(1).embedding()).isNotEqualTo(two.data().getFirst().embedding());
        assertThat(vector.stream().mapToDouble(x -> x * x).sum()).isCloseTo(1, within(1e-5));
        assertThat(one.usage().promptTokens()).isEqualTo(5);
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                bed.read(bed.settings.topics().usage()).stream().filter(usage -> usage.getModel().equals("sim-embed"))
                        .map(UsageEvent::getTokens))
                .isNotEmpty().allSatisfy(tokens -> {
                    assertThat(tokens.getSource()).isEqualTo(UsageSource.PROVIDER);
                    assertThat(tokens.getInput()).isPositive();
                    assertThat(tokens.getOutput()).isZero();
                }));
    }

    @Test
    void openAisSdkModerates() {
        var results = openai.moderations().create(ModerationCreateParams.builder().model("sim-moderation")
                .inputOfStrings(List.of("a walk", "I kill you")).build()).validate().results();

        assertThat(results.getFirst().flagged()).isFalse();
        assertThat(results.get(1).categories().violence()).isTrue();
    }

    /** OpenAI's schema has no null {@code finish_reason}, its streams do. */
    @Test
    void openAisSdkCompletesAText() {
        var asked = CompletionCreateParams.builder().model("sim-small").prompt("[[sim tokens=7 itl=0 ttft=0]] Once");
        var whole = openai.completions().create(asked.build()).validate();
        var text = new StringBuilder();
        try (var stream = openai.completions().createStreaming(asked.maxTokens(3).build())) {
            stream.stream().forEach(chunk -> chunk.choices()
                    .forEach(choice -> text.append(choice.text()).append('|')));
        }

        assertThat(whole.choices().getFirst().text()).isNotBlank();
        assertThat(whole.usage()).hasValueSatisfying(usage -> assertThat(usage.completionTokens()).isEqualTo(7));
        assertThat(text.toString().chars().filter(c -> c == '|').count()).isBetween(3L, 4L);
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return bed.http.send(HttpRequest.newBuilder(URI.create(bed.url() + path))
                .header("authorization", "Bearer " + TestBed.KEY).POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private static MessageCreateParams.Builder message(String prompt) {
        return MessageCreateParams.builder().model("sim-small").maxTokens(100).addUserMessage(prompt);
    }

    private AnthropicClient anthropic(String key) {
        return AnthropicOkHttpClient.builder().baseUrl("http://127.0.0.1:" + bed.port()).apiKey(key).maxRetries(0)
                .build();
    }
}
