package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.beta.messages.BetaMessage;
import com.anthropic.models.beta.messages.ToolRunnerCreateParams;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceNone;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Round trips of Anthropic's own SDK beside those of {@link OtherApisTest}. */
@ExtendWith(SharedBed.class)
class AnthropicJavaTest {
    /** Of thinking: of OpenAI's models those that reason do it untold, and the others refuse to. */
    private static final Set<String> TAKES_A_BUDGET = Set.of("sim-claude", "sim-gemini");

    private final AnthropicClient anthropic;

    AnthropicJavaTest(TestBed bed) {
        anthropic = AnthropicOkHttpClient.builder().baseUrl("http://127.0.0.1:" + bed.port()).apiKey(TestBed.KEY)
                .maxRetries(0).build();
    }

    @AfterEach
    void close() {
        anthropic.close();
    }

    @EachDialect
    void callsToolsInALoopOfThreeTurnsWithItsThoughts(String model) {
        var asked = ask(model, "[[sim tool ttft=0 itl=0]] Weather?").enabledThinking(1024);
        for (int turn = 0; turn < 3; turn++) {
            Message message = anthropic.messages().create(asked.build()).validate();
            assertThat(message.content().getFirst().isThinking()).isEqualTo(TAKES_A_BUDGET.contains(model));
            asked.addMessage(message).addUserMessageOfContentBlockParams(results(calls(message)));
        }

        Message last = anthropic.messages().create(asked.toolChoice(ToolChoiceNone.builder().build()).build());
        assertThat(last.content().getLast().asText().text()).startsWith("1.");
    }

    @EachDialect
    void callsSeveralToolsAtOnce(String model) {
        var asked = ask(model, "[[sim tool=2 ttft=0 itl=0]] Weather and time?");
        Message whole = anthropic.messages().create(asked.build()).validate();
        for (Message message : List.of(whole, stream(asked))) {
            assertThat(calls(message)).extracting(ToolUseBlock::name).containsExactly("get_weather", "get_time");
            assertThat(calls(message)).extracting(ToolUseBlock::id).doesNotHaveDuplicates();
            assertThat(calls(message)).extracting(call -> call._input().toString()).containsOnly("{city=water}");
        }
        assertThat(anthropic.messages().create(ask(model, "Weather and time?").addMessage(whole)
                .addUserMessageOfContentBlockParams(results(calls(whole))).build()).content().getFirst().isText())
                .isTrue();
    }

    /** It would have the server keep the conversation, and goes on without that when it is told that nobody does. */
    @EachDialect
    void runsItsOwnToolsWithTheWholeConversation(String model) {
        var asked = com.anthropic.models.beta.messages.MessageCreateParams.builder().model(model).maxTokens(2000)
                .addUserMessage("[[sim tool ttft=0 itl=0]] Weather?").addTool(GetWeather.class).build();
        var said = new ArrayList<BetaMessage>();
        anthropic.beta().messages().toolRunner(ToolRunnerCreateParams.builder().initialMessageParams(asked)
                .maxIterations(3).build()).forEach(said::add);

        assertThat(said).hasSize(3).allSatisfy(message -> assertThat(message.content().getFirst().isToolUse())
                .isTrue());
        assertThat(said).extracting(message -> message.usage().inputTokens()).isSorted().doesNotHaveDuplicates();
    }

    /** What the runner runs; its name goes out as {@code get_weather}. */
    static final class GetWeather implements Supplier<String> {
        public String city = "";

        @Override
        public String get() {
            return "It rains in " + city + ".";
        }
    }

    @EachDialect
    void getsJsonOfASchema(String model) throws Exception {
        var schema = JsonOutputFormat.Schema.builder().putAdditionalProperty("type", JsonValue.from("object"))
                .putAdditionalProperty("properties",
                        JsonValue.from(Map.of("label", Map.of("type", "string", "enum", List.of("spam", "ham")))))
                .putAdditionalProperty("required", JsonValue.from(List.of("label")))
                .putAdditionalProperty("additionalProperties", JsonValue.from(false)).build();
        Message message = anthropic.messages().create(MessageCreateParams.builder().model(model).maxTokens(2000)
                .addUserMessage("[[sim ttft=0 itl=0]] Classify").outputConfig(OutputConfig.builder()
                        .format(JsonOutputFormat.builder().schema(schema).build()).build())
                .build()).validate();

        assertThat(ApiClient.JSON.readTree(message.content().getFirst().asText().text()).path("label").asText())
                .isIn("spam", "ham");
    }

    @EachDialect
    void showsAnImage(String model) {
        var image = ImageBlockParam.builder().source(Base64ImageSource.builder()
                .mediaType(Base64ImageSource.MediaType.IMAGE_PNG).data(EachDialect.PIXEL).build()).build();
        Message message = anthropic.messages().create(MessageCreateParams.builder().model(model).maxTokens(2000)
                .addUserMessageOfContentBlockParams(List.of(ContentBlockParam.ofImage(image), ContentBlockParam.ofText(
                        TextBlockParam.builder().text("[[sim ttft=0 itl=0]] What is it?").build())))
                .build()).validate();

        assertThat(message.content().getFirst().asText().text()).isNotBlank();
    }

    @EachDialect
    void streamsThoughts(String model) {
        Message message = stream(MessageCreateParams.builder().model(model).maxTokens(2000).enabledThinking(1024)
                .addUserMessage("[[sim tokens=4 ttft=0 itl=0]] Think"));

        assertThat(message.content().getLast().asText().text()).startsWith("1.");
        assertThat(message.content().stream().anyMatch(ContentBlock::isThinking))
                .isEqualTo(TAKES_A_BUDGET.contains(model));
    }

    private Message stream(MessageCreateParams.Builder asked) {
        var accumulator = MessageAccumulator.create();
        try (var stream = anthropic.messages().createStreaming(asked.build())) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }
        return accumulator.message();
    }

    private static List<ToolUseBlock> calls(Message message) {
        return message.content().stream().flatMap(block -> block.toolUse().stream()).toList();
    }

    private static List<ContentBlockParam> results(List<ToolUseBlock> calls) {
        assertThat(calls).isNotEmpty();
        return calls.stream().map(call -> ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                .toolUseId(call.id()).content("18°C").build())).toList();
    }

    private static MessageCreateParams.Builder ask(String model, String prompt) {
        var schema = Tool.InputSchema.builder().type(JsonValue.from("object"))
                .putAdditionalProperty("properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                .putAdditionalProperty("required", JsonValue.from(List.of("city"))).build();
        return MessageCreateParams.builder().model(model).maxTokens(2000).addUserMessage(prompt)
                .addTool(Tool.builder().name("get_weather").inputSchema(schema).build())
                .addTool(Tool.builder().name("get_time").inputSchema(schema).build());
    }
}
