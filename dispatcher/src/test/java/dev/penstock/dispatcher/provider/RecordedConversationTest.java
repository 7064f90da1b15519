package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Requests of OpenAI's clients as Gemini gets them, field by field against what was really sent to it. */
class RecordedConversationTest {
    /** Both providers were asked the same; what they answered differs, and so does what was asked about the answers. */
    @TestFactory
    Stream<DynamicTest> theSameQuestionsBecomeTheSameRequests() {
        return tests("simpleRequest", "parallelToolCallsRequest", "jsonSchemaFormatParam", "toolChoiceRequiredParam")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    ObjectNode asked = (ObjectNode) read("openai/matrix-" + name + ".request.json");
                    asked.remove("reasoning_effort"); // which Gemini was not asked for
                    JsonNode ours = sent("gemini-2.0-flash", asked);
                    ObjectNode theirs = (ObjectNode) read("gemini/matrix-" + name + ".request.json");
                    assertThat(ours.path("contents")).isEqualTo(theirs.path("contents"));
                    assertThat(ours.path("tools")).isEqualTo(theirs.path("tools"));
                    assertThat(ours.path("toolConfig")).isEqualTo(theirs.path("toolConfig"));
                    JsonNode schema = theirs.at("/generationConfig/responseJsonSchema");
                    JsonNode config = sent("gemini-2.5-flash", asked).path("generationConfig");
                    if (schema.isObject()) {
                        assertThat(config.at("/responseMimeType").asText()).isEqualTo("application/json");
                        ((ObjectNode) config.path("responseJsonSchema")).remove("additionalProperties");
                        assertThat(config.path("responseJsonSchema")).isEqualTo(schema);
                    }
                }));
    }

    /** A client that gives back nothing but what OpenAI's API gives: the calls, and results by their ids. */
    @TestFactory
    Stream<DynamicTest> aSecondTurnGivesGeminiItsOwnPartsBack() {
        return tests("tool-chain", "tools-parallel-chain", "stream-tool-chain", "gemini3-signature-chain")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    JsonNode second = read("gemini/" + name + ".t2.request.json");
                    String streamed = "gemini/" + name + ".t1.response.sse";
                    boolean stream = Files.exists(root().resolve(streamed));
                    byte[] answer = Files.readAllBytes(
                            root().resolve(stream ? streamed : "gemini/" + name + ".t1.response.json"));
                    ArrayNode calls = calls(answer, stream);
                    ObjectNode asked = Recordings.JSON.createObjectNode();
                    ArrayNode messages = asked.putArray("messages");
                    messages.addObject().put("role", "user").set("content", second.at("/contents/0/parts/0/text"));
                    messages.addObject().put("role", "assistant").putNull("content").set("tool_calls", calls);
                    for (int i = 0; i < calls.size(); i++) {
                        messages.addObject().put("role", "tool").put("tool_call_id", calls.at("/" + i + "/id").asText())
                                .put("content",
                                        second.at("/contents/2/parts/" + i + "/functionResponse/response").toString());
                    }
                    JsonNode ours = sent("gemini-3.1-pro-preview", asked).path("contents");
                    ArrayNode own = ownCalls(answer, stream);
                    assertThat(ours.path(0)).isEqualTo(second.at("/contents/0"));
                    assertThat(ours.at("/1/parts")).isEqualTo(own);
                    for (int i = 0; i < own.size(); i++) {
                        ObjectNode result = (ObjectNode) ours.at("/2/parts/" + i + "/functionResponse");
                        assertThat(result.path("id")).isEqualTo(own.path(i).path("functionCall").path("id"));
                        result.remove("id");
                        assertThat(result).isEqualTo(second.at("/contents/2/parts/" + i + "/functionResponse"));
                    }
                }));
    }

    private static ArrayNode calls(byte[] answer, boolean stream) throws IOException {
        if (stream) {
            List<JsonNode> chunks = Conversation
                    .chunks(Seen.of(ProviderKind.GEMINI, Samples.streaming(), answer).events());
            return (ArrayNode) chunks.getFirst().at("/choices/0/delta/tool_calls");
        }
        var whole = Samples.wholeAnswer(ProviderKind.GEMINI);
        whole.feed(answer);
        byte[] body = ((Outcome.Completed) whole.end()).rest();
        return (ArrayNode) Recordings.JSON.readTree(body).at("/choices/0/message/tool_calls");
    }

    private static ArrayNode ownCalls(byte[] answer, boolean stream) throws IOException {
        JsonNode body = stream ? Conversation.chunks(answer).getFirst() : Recordings.JSON.readTree(answer);
        ArrayNode calls = Recordings.JSON.createArrayNode();
        for (JsonNode part : body.at("/candidates/0/content/parts")) {
            if (part.has("functionCall")) {
                calls.add(part);
            }
        }
        return calls;
    }

    private static Stream<String> tests(String... names) {
        assumeTrue(Recordings.root().isPresent(), "No recorded traffic: set PENSTOCK_WIRE to its folder");
        return Stream.of(names);
    }

    private static Path root() {
        return Recordings.root().orElseThrow();
    }

    private static JsonNode read(String file) throws IOException {
        return Recordings.JSON.readTree(root().resolve(file).toFile());
    }

    private static JsonNode sent(String model, JsonNode asked) throws IOException {
        ObjectNode body = asked.deepCopy();
        body.remove("model");
        return Recordings.JSON.readTree(Samples.sent(ProviderKind.GEMINI,
                Samples.envelope(false, false, body.toString()), Samples.candidate(model)).body());
    }
}
