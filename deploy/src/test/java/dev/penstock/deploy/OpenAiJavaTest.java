package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.SseException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Round trips of OpenAI's own SDK beside those of {@link EndToEndTest}. */
@ExtendWith(SharedBed.class)
class OpenAiJavaTest {
    private static final Map<String, JsonValue> CITY = Map.of("type", JsonValue.from("object"), "properties",
            JsonValue.from(Map.of("city", Map.of("type", "string"))), "required", JsonValue.from(List.of("city")));
    private final OpenAIClient openai;

    OpenAiJavaTest(TestBed bed) {
        openai = OpenAIOkHttpClient.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).maxRetries(0).build();
    }

    @AfterEach
    void close() {
        openai.close();
    }

    @EachDialect
    void callsToolsInALoopOfThreeTurns(String model) {
        var asked = ask(model, "[[sim tool ttft=0 itl=0]] Weather?");
        for (int turn = 0; turn < 3; turn++) {
            ChatCompletionMessage message = create(asked);
            ChatCompletionMessageToolCall call = calls(message).getFirst();
            assertThat(call.asFunction().function().name()).isEqualTo("get_weather");
            asked.addMessage(message).addMessage(result(call));
        }

        asked.toolChoice(ChatCompletionToolChoiceOption.Auto.NONE);
        assertThat(create(asked).content()).hasValueSatisfying(text -> assertThat(text).startsWith("1."));
    }

    @EachDialect
    void callsSeveralToolsAtOnce(String model) {
        var asked = ask(model, "[[sim tool=2 ttft=0 itl=0]] Weather and time?");
        ChatCompletionMessage whole = create(asked);
        var accumulator = ChatCompletionAccumulator.create();
        try (var stream = openai.chat().completions().createStreaming(asked.build())) {
            stream.stream().forEach(accumulator::accumulate);
        }

        for (ChatCompletionMessage message : List.of(whole,
                accumulator.chatCompletion().choices().getFirst().message())) {
            assertThat(calls(message)).extracting(call -> call.asFunction().function().name())
                    .containsExactly("get_weather", "get_time");
            assertThat(calls(message)).extracting(call -> call.asFunction().function().arguments())
                    .containsOnly("{\"city\":\"water\"}");
            assertThat(calls(message)).extracting(call -> call.asFunction().id()).doesNotHaveDuplicates();
        }
        var next = ask(model, "Weather and time?").addMessage(whole);
        calls(whole).forEach(call -> next.addMessage(result(call)));
        assertThat(create(next).content()).isPresent();
        if (!model.equals("sim-gemini")) { // which has no way to be told so
            assertThat(calls(create(asked.parallelToolCalls(false)))).hasSize(1);
        }
    }

    @EachDialect
    void showsAnImageAndAsksForAnEffort(String model) {
        var image = ChatCompletionContentPartImage.builder().imageUrl(ChatCompletionContentPartImage.ImageUrl.builder()
                .url("data:image/png;base64," + EachDialect.PIXEL).build()).build();
        var text = ChatCompletionContentPartText.builder().text("[[sim ttft=0 itl=0]] What is it?").build();
        ChatCompletion answer = openai.chat().completions().create(ChatCompletionCreateParams.builder().model(model)
                .reasoningEffort(ReasoningEffort.LOW).addUserMessageOfArrayOfContentParts(List.of(
                        ChatCompletionContentPart.ofText(text), ChatCompletionContentPart.ofImageUrl(image)))
                .build()).validate();

        assertThat(answer.choices().getFirst().message().content()).isPresent();
    }

    @EachDialect
    void callsToolsInALoopOfThreeResponses(String model) {
        var input = new ArrayList<ResponseInputItem>(List.of(ResponseInputItem.ofEasyInputMessage(
                EasyInputMessage.builder()
                        .role(EasyInputMessage.Role.USER)
                        .content("[[sim tool ttft=0 itl=0]] Weather?").build())));
        for (int turn = 0; turn < 3; turn++) {
            Response response = respond(model, input);
            for (ResponseOutputItem item : response.output()) {
                item.reasoning().ifPresent(thought -> input.add(ResponseInputItem.ofReasoning(thought)));
                item.functionCall().ifPresent(call -> {
                    assertThat(call.name()).isEqualTo("get_weather");
                    input.add(ResponseInputItem.ofFunctionCall(call));
                    input.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                            .callId(call.callId()).output("18°C").build()));
                });
            }
        }

        assertThat(input.stream().filter(ResponseInputItem::isFunctionCall)).hasSize(3);
    }

    /** Streamed, with its thoughts in the order of a stream that nobody keeps. */
    private Response respond(String model, List<ResponseInputItem> input) {
        var accumulator = ResponseAccumulator.create();
        try (var stream = openai.responses().createStreaming(ResponseCreateParams.builder().model(model)
                .inputOfResponse(input).store(false).reasoning(Reasoning.builder().effort(ReasoningEffort.LOW).build())
                .addTool(FunctionTool.builder().name("get_weather").strict(false)
                        .parameters(FunctionTool.Parameters.builder().putAllAdditionalProperties(CITY).build()).build())
                .build())) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }
        return accumulator.response();
    }

    @EachDialect
    void aStreamThatBreaksFails(String model) {
        var pieces = new ArrayList<String>();
        assertThatThrownBy(() -> {
            try (var stream = openai.chat().completions().createStreaming(
                    ask(model, "[[sim tokens=20 ttft=0 itl=1 fault=drop@3]]").build())) {
                stream.stream().forEach(chunk -> chunk.choices().forEach(choice -> choice.delta().content()
                        .ifPresent(pieces::add)));
            }
        }).isInstanceOf(SseException.class).hasMessageContaining("closed the connection");
        assertThat(pieces).isNotEmpty();
    }

    private ChatCompletionMessage create(ChatCompletionCreateParams.Builder asked) {
        return openai.chat().completions().create(asked.build()).validate().choices().getFirst().message();
    }

    private static List<ChatCompletionMessageToolCall> calls(ChatCompletionMessage message) {
        return message.toolCalls().orElseThrow();
    }

    private static ChatCompletionToolMessageParam result(ChatCompletionMessageToolCall call) {
        return ChatCompletionToolMessageParam.builder().toolCallId(call.asFunction().id()).content("18°C").build();
    }

    private static ChatCompletionCreateParams.Builder ask(String model, String prompt) {
        var asked = ChatCompletionCreateParams.builder().model(model).addUserMessage(prompt);
        for (String name : List.of("get_weather", "get_time")) {
            asked.addFunctionTool(FunctionDefinition.builder().name(name)
                    .parameters(FunctionParameters.builder().putAllAdditionalProperties(CITY).build()).build());
        }
        return asked;
    }
}
