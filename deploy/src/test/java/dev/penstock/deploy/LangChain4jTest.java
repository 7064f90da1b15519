package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel.OpenAiChatModelBuilder;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Round trips of LangChain4j's client for OpenAI. */
@ExtendWith(SharedBed.class)
class LangChain4jTest {
    private static final ToolSpecification WEATHER = ToolSpecification.builder().name("get_weather")
            .description("The weather of a city")
            .parameters(JsonObjectSchema.builder().addStringProperty("city").required("city").build()).build();
    private static final ToolSpecification TIME = WEATHER.toBuilder().name("get_time").build();
    private final TestBed bed;

    LangChain4jTest(TestBed bed) {
        this.bed = bed;
    }

    @EachDialect
    void getsAWholeAnswer(String model) {
        ChatResponse answer = whole(model).build().chat(SystemMessage.from("Be brief."),
                UserMessage.from("[[sim tokens=5 ttft=0 itl=0]] Hello"));

        assertThat(answer.aiMessage().text()).isNotBlank();
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(5);
        assertThat(answer.id()).startsWith("chatcmpl-");
    }

    @EachDialect
    void streams(String model) throws Exception {
        var told = stream(model, ChatRequest.builder().messages(UserMessage.from("[[sim tokens=7 itl=1]] Hello"))
                .build());

        ChatResponse answer = told.end.get(30, TimeUnit.SECONDS);
        assertThat(told.pieces).hasSize(7);
        assertThat(answer.aiMessage().text()).isEqualTo(String.join("", told.pieces));
        assertThat(answer.tokenUsage().outputTokenCount()).isGreaterThanOrEqualTo(7); // and thoughts
    }

    @EachDialect
    void callsToolsInALoopOfThreeTurns(String model) {
        var messages = new ArrayList<ChatMessage>(List.of(UserMessage.from("[[sim tool ttft=0 itl=0]] Weather?")));
        for (int turn = 0; turn < 3; turn++) {
            AiMessage message = called(model, messages, ToolChoice.AUTO);
            ToolExecutionRequest call = message.toolExecutionRequests().getFirst();
            assertThat(call.name()).isEqualTo("get_weather");
            assertThat(call.arguments()).contains("city");
            messages.add(message);
            messages.add(ToolExecutionResultMessage.from(call, "18°C"));
        }

        assertThat(called(model, messages, ToolChoice.NONE).text()).startsWith("1.");
    }

    private AiMessage called(String model, List<ChatMessage> messages, ToolChoice choice) {
        return whole(model).build().chat(ChatRequest.builder().messages(messages).toolSpecifications(WEATHER, TIME)
                .toolChoice(choice).build()).aiMessage();
    }

    @EachDialect
    void callsSeveralToolsAtOnce(String model) throws Exception {
        UserMessage asked = UserMessage.from("[[sim tool=2 ttft=0 itl=0]] Weather and time?");
        AiMessage whole = called(model, List.of(asked), ToolChoice.AUTO);
        AiMessage streamed = stream(model, ChatRequest.builder().messages(asked).toolSpecifications(WEATHER, TIME)
                .build()).end.get(30, TimeUnit.SECONDS).aiMessage();

        for (AiMessage message : List.of(whole, streamed)) {
            assertThat(message.toolExecutionRequests()).extracting(ToolExecutionRequest::name)
                    .containsExactly("get_weather", "get_time");
            assertThat(message.toolExecutionRequests()).extracting(ToolExecutionRequest::id).doesNotHaveDuplicates();
            assertThat(message.toolExecutionRequests()).allSatisfy(call -> assertThat(call.arguments())
                    .isEqualTo("{\"city\":\"water\"}"));
        }
        var next = new ArrayList<ChatMessage>(List.of(UserMessage.from("Weather and time?"), whole));
        whole.toolExecutionRequests().forEach(call -> next.add(ToolExecutionResultMessage.from(call, "18°C")));
        assertThat(called(model, next, ToolChoice.AUTO).text()).isNotBlank();
    }

    @EachDialect
    void getsJsonOfASchema(String model) throws Exception {
        var schema = JsonSchema.builder().name("label").rootElement(JsonObjectSchema.builder()
                .addEnumProperty("label", List.of("spam", "ham")).required("label").build()).build();
        ChatResponse answer = whole(model).strictJsonSchema(true).build().chat(ChatRequest.builder()
                .messages(UserMessage.from("[[sim ttft=0 itl=0]] Classify"))
                .responseFormat(ResponseFormat.builder().type(ResponseFormatType.JSON).jsonSchema(schema).build())
                .build());

        assertThat(ApiClient.JSON.readTree(answer.aiMessage().text()).path("label").asText()).isIn("spam", "ham");
    }

    @EachDialect
    void showsAnImage(String model) {
        assertThat(whole(model).build().chat(UserMessage.from(TextContent.from("[[sim ttft=0 itl=0]] What is it?"),
                ImageContent.from(EachDialect.PIXEL, "image/png"))).aiMessage().text()).isNotBlank();
    }

    /** Of the simulated models the one that speaks Gemini shows its thoughts when it is asked for an effort. */
    @Test
    void getsThoughts() throws Exception {
        UserMessage asked = UserMessage.from("[[sim ttft=0 itl=0]] Think");
        assertThat(whole("sim-gemini").reasoningEffort("low").returnThinking(true).build().chat(asked).aiMessage()
                .thinking()).isEqualTo("The water thinks.");
        assertThat(stream("sim-gemini", ChatRequest.builder().messages(asked).build()).end.get(30, TimeUnit.SECONDS)
                .aiMessage().thinking()).isEqualTo("The water thinks.");
    }

    @EachDialect
    void failuresAreItsOwnExceptions(String model) {
        failsAs(InvalidRequestException.class, whole(model).temperature(3.0), "Hi");
        failsAs(InvalidRequestException.class, whole(model), "[[sim fault=400]]");
        failsAs(ModelNotFoundException.class, whole("no-such-model"), "Hi");
        failsAs(AuthenticationException.class, whole(model).apiKey("sk-wrong"), "Hi");
        var hurried = Map.of("x-penstock-deadline-ms", "900");
        failsAs(InternalServerException.class, whole(model).customHeaders(hurried), "[[sim fault=503]]");
        failsAs(RateLimitException.class, whole(model).customHeaders(hurried), "[[sim fault=429@1]]");
    }

    private static void failsAs(Class<? extends Throwable> type, OpenAiChatModelBuilder model, String prompt) {
        assertThatThrownBy(() -> model.build().chat(prompt)).isInstanceOf(type);
    }

    @EachDialect
    void aStreamThatBreaksFails(String model) throws Exception {
        var told = stream(model, ChatRequest.builder()
                .messages(UserMessage.from("[[sim tokens=20 ttft=0 itl=1 fault=drop@3]]")).build());

        assertThatThrownBy(() -> told.end.get(30, TimeUnit.SECONDS)).hasMessageContaining("closed the connection");
        assertThat(told.pieces).isNotEmpty();
    }

    @Test
    void embeds() {
        var embedder = OpenAiEmbeddingModel.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).modelName("sim-embed")
                .build();

        assertThat(embedder.embed("The quick brown fox").content().vector()).isNotEmpty();
    }

    private OpenAiChatModelBuilder whole(String model) {
        return OpenAiChatModel.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).modelName(model).maxRetries(0);
    }

    private Told stream(String model, ChatRequest request) {
        var told = new Told();
        OpenAiStreamingChatModel.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).modelName(model)
                .reasoningEffort("low").returnThinking(true).build().chat(request, told);
        return told;
    }

    /** What a stream has told so far. */
    private static final class Told implements StreamingChatResponseHandler {
        final List<String> pieces = new ArrayList<>();
        final CompletableFuture<ChatResponse> end = new CompletableFuture<>();

        @Override
        public void onPartialResponse(String piece) {
            pieces.add(piece);
        }

        @Override
        public void onPartialThinking(PartialThinking thought) {}

        @Override
        public void onCompleteResponse(ChatResponse answer) {
            end.complete(answer);
        }

        @Override
        public void onError(Throwable error) {
            end.completeExceptionally(error);
        }
    }
}
