package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage.ToolResponse;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.OpenAiEmbeddingModel;
import org.springframework.ai.openai.OpenAiEmbeddingOptions;
import org.springframework.ai.openai.api.OpenAiApi;
import org.springframework.ai.openai.api.ResponseFormat;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.retry.TransientAiException;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.util.MimeTypeUtils;

/** Round trips of Spring AI's client for OpenAI. */
@ExtendWith(SharedBed.class)
class SpringAiTest {
    private final TestBed bed;

    SpringAiTest(TestBed bed) {
        this.bed = bed;
    }

    @EachDialect
    void getsAWholeAnswer(String model) {
        ChatResponse answer = model(TestBed.KEY).call(new Prompt(List.of(new SystemMessage("Be brief."),
                new UserMessage("[[sim tokens=5 ttft=0 itl=0]] Hello")), options(model).build()));

        assertThat(answer.getResult().getOutput().getText()).isNotBlank();
        assertThat(answer.getResult().getMetadata().getFinishReason()).isEqualTo("STOP");
        assertThat(answer.getMetadata().getUsage().getCompletionTokens()).isEqualTo(5);
        assertThat(answer.getMetadata().getId()).startsWith("chatcmpl-");
    }

    @EachDialect
    void streams(String model) {
        List<ChatResponse> told = stream(model, "[[sim tokens=7 itl=1]] Hello", asked -> asked.streamUsage(true));

        assertThat(told.stream().filter(piece -> piece.getResult() != null).map(SpringAiTest::text)
                .filter(text -> text != null && !text.isEmpty())).hasSize(7);
        assertThat(told.getLast().getMetadata().getUsage().getCompletionTokens()).isEqualTo(7);
    }

    @EachDialect
    void callsToolsInALoopOfThreeTurns(String model) {
        var messages = new ArrayList<Message>(List.of(new UserMessage("[[sim tool ttft=0 itl=0]] Weather?")));
        for (int turn = 0; turn < 3; turn++) {
            AssistantMessage message = called(model, messages, "auto");
            ToolCall call = message.getToolCalls().getFirst();
            assertThat(call.name()).isEqualTo("get_weather");
            assertThat(call.arguments()).contains("city");
            messages.add(message);
            messages.add(answerTo(message));
        }

        assertThat(called(model, messages, "none").getText()).startsWith("1.");
    }

    @EachDialect
    void callsSeveralToolsAtOnce(String model) {
        String asked = "[[sim tool=2 ttft=0 itl=0]] Weather and time?";
        AssistantMessage whole = called(model, List.of(new UserMessage(asked)), "auto");
        List<ToolCall> streamed = stream(model, asked, SpringAiTest::withTools).stream()
                .filter(piece -> piece.getResult() != null)
                .flatMap(piece -> piece.getResult().getOutput().getToolCalls().stream()).toList();

        for (List<ToolCall> calls : List.of(whole.getToolCalls(), streamed)) {
            assertThat(calls).extracting(ToolCall::name).containsExactly("get_weather", "get_time");
            assertThat(calls).extracting(ToolCall::id).doesNotHaveDuplicates();
            assertThat(calls).extracting(ToolCall::arguments).containsOnly("{\"city\":\"water\"}");
        }
        assertThat(called(model, List.of(new UserMessage("Weather and time?"), whole, answerTo(whole)), "auto")
                .getText()).isNotBlank();
    }

    private AssistantMessage called(String model, List<Message> messages, String choice) {
        return model(TestBed.KEY).call(new Prompt(messages, withTools(options(model).toolChoice(choice)).build()))
                .getResult().getOutput();
    }

    private static ToolResponseMessage answerTo(AssistantMessage message) {
        return ToolResponseMessage.builder().responses(message.getToolCalls().stream()
                .map(call -> new ToolResponse(call.id(), call.name(), "18°C")).toList()).build();
    }

    private static OpenAiChatOptions.Builder withTools(OpenAiChatOptions.Builder options) {
        return options.internalToolExecutionEnabled(false).toolCallbacks(tool("get_weather"), tool("get_time"));
    }

    private static ToolCallback tool(String name) {
        return FunctionToolCallback.builder(name, (Map<String, Object> _) -> "18°C").description("Tells it of a city")
                .inputType(Map.class).inputSchema("""
                        {"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""").build();
    }

    @EachDialect
    void getsJsonOfASchema(String model) throws Exception {
        ChatResponse answer = call(model, "[[sim ttft=0 itl=0]] Classify", asked -> asked.responseFormat(
                ResponseFormat.builder().type(ResponseFormat.Type.JSON_SCHEMA).jsonSchema("""
                        {"type":"object","properties":{"label":{"type":"string","enum":["spam","ham"]}},
                         "required":["label"],"additionalProperties":false}""").build()));

        assertThat(ApiClient.JSON.readTree(text(answer)).path("label").asText()).isIn("spam", "ham");
    }

    @EachDialect
    void showsAnImage(String model) {
        var asked = UserMessage.builder().text("[[sim ttft=0 itl=0]] What is it?").media(new Media(
                MimeTypeUtils.IMAGE_PNG, URI.create("data:image/png;base64," + EachDialect.PIXEL))).build();

        assertThat(text(model(TestBed.KEY).call(new Prompt(asked, options(model).build())))).isNotBlank();
    }

    /** It has no place for thoughts. */
    @EachDialect
    void asksForAnEffort(String model) {
        assertThat(text(call(model, "[[sim ttft=0 itl=0]] Think", asked -> asked.reasoningEffort("low"))))
                .startsWith("1.");
    }

    @EachDialect
    void failuresAreItsOwnExceptions(String model) {
        failsAs(NonTransientAiException.class, "400", model, "Hi", asked -> asked.temperature(3.0));
        failsAs(NonTransientAiException.class, "400", model, "[[sim fault=400]]", _ -> {});
        failsAs(NonTransientAiException.class, "404", "no-such-model", "Hi", _ -> {});
        assertThatThrownBy(() -> model("sk-wrong").call(new Prompt("Hi", options(model).build())))
                .isInstanceOf(NonTransientAiException.class).hasMessageContaining("401");
        Consumer<OpenAiChatOptions.Builder> hurried = asked -> asked
                .httpHeaders(Map.of("x-penstock-deadline-ms", "900"));
        failsAs(TransientAiException.class, "503", model, "[[sim fault=503]]", hurried);
        failsAs(NonTransientAiException.class, "429", model, "[[sim fault=429@1]]", hurried);
    }

    private void failsAs(Class<? extends Throwable> type, String status, String model, String prompt,
            Consumer<OpenAiChatOptions.Builder> more) {
        assertThatThrownBy(() -> call(model, prompt, more)).isInstanceOf(type).hasMessageContaining(status);
    }

    @EachDialect
    void aStreamThatIsRefusedFails(String model) {
        assertThatThrownBy(() -> stream(model, "[[sim fault=400]]", _ -> {})).hasMessageContaining("400 Bad Request");
    }

    /** It does not look at errors in a stream: who uses it has to look for the reason why the answer ended. */
    @EachDialect
    void aStreamThatBreaksHasNoFinishReason(String model) {
        assertThat(stream(model, "[[sim tokens=20 ttft=0 itl=1 fault=drop@3]]", _ -> {}))
                .isNotEmpty().allSatisfy(piece -> assertThat(piece.hasFinishReasons(Set.of("STOP"))).isFalse());
    }

    @Test
    void embeds() {
        float[] vector = new OpenAiEmbeddingModel(api(TestBed.KEY)).call(
                new EmbeddingRequest(List.of("The quick brown fox"),
                        OpenAiEmbeddingOptions.builder().model("sim-embed").build()))
                .getResult().getOutput();

        assertThat(vector).isNotEmpty();
    }

    private ChatResponse call(String model, String prompt, Consumer<OpenAiChatOptions.Builder> more) {
        OpenAiChatOptions.Builder options = options(model);
        more.accept(options);
        return model(TestBed.KEY).call(new Prompt(prompt, options.build()));
    }

    private List<ChatResponse> stream(String model, String prompt, Consumer<OpenAiChatOptions.Builder> more) {
        OpenAiChatOptions.Builder options = options(model);
        more.accept(options);
        return model(TestBed.KEY).stream(new Prompt(prompt, options.build())).toStream().toList();
    }

    private static String text(ChatResponse answer) {
        return answer.getResult().getOutput().getText();
    }

    private OpenAiChatModel model(String key) {
        return OpenAiChatModel.builder().openAiApi(api(key))
                .retryTemplate(RetryTemplate.builder().maxAttempts(1).build()).build();
    }

    private OpenAiApi api(String key) {
        return OpenAiApi.builder().baseUrl("http://127.0.0.1:" + bed.port()).apiKey(key).build();
    }

    private static OpenAiChatOptions.Builder options(String model) {
        return OpenAiChatOptions.builder().model(model);
    }
}
