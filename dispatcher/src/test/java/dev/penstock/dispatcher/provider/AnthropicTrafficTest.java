package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.ANTHROPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Recordings.Recording;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.bus.ApiError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** The contract of Anthropic's dialect, by what its API really sent and took. */
class AnthropicTrafficTest {
    @TestFactory
    Stream<DynamicTest> streamsSayWhatTheProviderSaid() throws IOException {
        return tests(recording -> !recording.isRequest() && recording.isStream(), this::checkStream);
    }

    @TestFactory
    Stream<DynamicTest> streamsAreTheSameHoweverTheyAreCut() throws IOException {
        return tests(recording -> !recording.isRequest() && recording.isStream(),
                recording -> RecordedTrafficTest.checkCuts(ANTHROPIC, stream(recording)));
    }

    @TestFactory
    Stream<DynamicTest> wholeAnswersSayWhatTheProviderSaid() throws IOException {
        return tests(recording -> !recording.isRequest() && !recording.isStream() && recording.status() < 300,
                this::checkWhole);
    }

    @TestFactory
    Stream<DynamicTest> errorsAreOpenAis() throws IOException {
        return tests(recording -> !recording.isRequest() && !recording.isStream() && recording.status() >= 300,
                this::checkError);
    }

    @TestFactory
    Stream<DynamicTest> requestsAreThoseThatTheProviderTook() throws IOException {
        return tests(Recording::isRequest, this::checkRequest);
    }

    @TestFactory
    Stream<DynamicTest> aRequestOfAnOpenAiClientIsThatOfAnAnthropicClientWhoAsksTheSame() throws IOException {
        return tests(recording -> recording.isRequest() && recording.name().startsWith("matrix-")
                && !recording.file().contains(".t2."), this::checkMatrix);
    }

    private static Stream<DynamicTest> tests(Predicate<Recording> which, ThrowingConsumer<Recording> test)
            throws IOException {
        var root = Recordings.root();
        assumeTrue(root.isPresent(), "No recorded traffic: set PENSTOCK_WIRE to its folder");
        return Recordings.of(root.get(), Map.of("anthropic", ANTHROPIC)).stream().filter(which)
                .map(recording -> DynamicTest.dynamicTest(recording.file(), () -> test.accept(recording)));
    }

    /** Framed again where the framing was lost, with the types that Anthropic's framing has. */
    static byte[] stream(Recording recording) throws IOException {
        if (recording.file().endsWith(".sse")) {
            return recording.bytes();
        }
        var events = new StringBuilder();
        for (JsonNode event : recording.json()) {
            events.append("event: ").append(event.path("type").asText()).append("\ndata: ").append(event)
                    .append("\n\n");
        }
        return events.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void checkStream(Recording recording) throws IOException {
        byte[] upstream = stream(recording);
        ObjectNode said = AnthropicForm.fold(Conversation.chunks(upstream));
        Seen seen = Seen.of(ANTHROPIC, Samples.streaming(), upstream);
        List<JsonNode> chunks = Conversation.chunks(seen.events());
        chunks.forEach(RecordedTrafficTest::checkChunk);
        RecordedTrafficTest.checkRolesAndToolCalls(chunks);
        assertThat(seen.text()).endsWith("data: [DONE]\n\n");
        assertSays(Conversation.ofStream(seen.events()), said);
        checkUsage(said.path("usage"), chunks.getLast().path("usage"), seen.outcome());
        var thoughts = new ArrayList<JsonNode>();
        chunks.forEach(chunk -> chunk.at("/choices/0/delta/reasoning_details").forEach(thoughts::add));
        assertThinks(thoughts, said);
    }

    private void checkWhole(Recording recording) throws IOException {
        JsonNode theirs = recording.json();
        var answer = Samples.wholeAnswer(ANTHROPIC);
        answer.feed(recording.bytes());
        Outcome outcome = answer.end();
        assertThat(outcome).isInstanceOf(Outcome.Completed.class);
        JsonNode ours = Recordings.JSON.readTree(((Outcome.Completed) outcome).rest());
        assertSays(Conversation.ofWhole(ours), theirs);
        JsonNode message = ours.at("/choices/0/message");
        boolean silent = message.path("tool_calls").isMissingNode();
        assertThat(message.path("content").isNull()).isEqualTo(!silent && !hasText(theirs));
        assertThat(ours.path("model")).isEqualTo(theirs.path("model"));
        checkUsage(theirs.path("usage"), ours.path("usage"), outcome);
        var thoughts = new ArrayList<JsonNode>();
        message.path("reasoning_details").forEach(thoughts::add);
        assertThinks(thoughts, theirs);
        for (JsonNode annotation : message.path("annotations")) {
            JsonNode cited = annotation.path("url_citation");
            assertThat(message.path("content").asText().substring(cited.path("start_index").asInt(),
                    cited.path("end_index").asInt())).isNotEmpty();
        }
        assertThat(message.path("annotations").size()).isEqualTo(theirs.findValues("cited_text").isEmpty()
                ? 0
                : (int) theirs.path("content").findParents("cited_text").stream().filter(c -> c.has("url")).count());
    }

    private static boolean hasText(JsonNode message) {
        for (JsonNode block : message.path("content")) {
            if (!block.path("text").asText("").isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** The ids of calls that were thought about carry the thoughts, and are the provider's otherwise. */
    private static void assertSays(Conversation ours, JsonNode theirs) {
        var carried = new ArrayList<JsonNode>();
        ours.choices().values().forEach(choice -> choice.calls.replaceAll((_, call) -> {
            byte[] state = CarriedState.ANTHROPIC.read(call.getFirst());
            if (state != null) {
                try {
                    Recordings.JSON.readTree(state).forEach(carried::add);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
            return List.of(CarriedState.strip(call.get(0)), call.get(1), call.get(2));
        }));
        assertThat(ours.toString()).isEqualTo(AnthropicForm.conversation(theirs).toString());
        if (theirs.path("stop_reason").asText().equals("tool_use")) {
            assertThat(carried).isEqualTo(thoughts(theirs));
        }
    }

    private static List<JsonNode> thoughts(JsonNode message) {
        var thoughts = new ArrayList<JsonNode>();
        message.path("content").forEach(block -> {
            if (block.path("type").asText().endsWith("thinking")) {
                thoughts.add(block);
            }
        });
        return thoughts;
    }

    private static void assertThinks(List<JsonNode> details, JsonNode message) {
        List<JsonNode> thoughts = thoughts(message);
        assertThat(details).hasSameSizeAs(thoughts);
        for (int i = 0; i < details.size(); i++) {
            JsonNode thought = thoughts.get(i);
            assertThat(details.get(i).path("signature")).isEqualTo(thought.path("signature"));
            assertThat(details.get(i).path("text")).isEqualTo(thought.path("thinking"));
            assertThat(details.get(i).path("data")).isEqualTo(thought.path("data"));
        }
    }

    /** Anthropic leaves out of its input what came from its cache and what went there; OpenAI counts all. */
    private static void checkUsage(JsonNode theirs, JsonNode ours, Outcome outcome) {
        long read = theirs.path("cache_read_input_tokens").asLong();
        long written = theirs.path("cache_creation_input_tokens").asLong();
        long input = theirs.path("input_tokens").asLong() + read + written;
        long output = theirs.path("output_tokens").asLong();
        long thinking = theirs.at("/output_tokens_details/thinking_tokens").asLong();
        Consumption consumption = ((Outcome.Completed) outcome).consumption();
        assertThat(consumption).isEqualTo(new Consumption(new Usage(input, output, read, written, thinking,
                theirs.at("/cache_creation/ephemeral_1h_input_tokens").asLong(), 0, 0), false,
                theirs.path("service_tier").asText("").equals("standard") ? "default" : null, 1));
        assertThat(ours.path("prompt_tokens").asLong()).isEqualTo(input);
        assertThat(ours.path("completion_tokens").asLong()).isEqualTo(output);
        assertThat(ours.path("total_tokens").asLong()).isEqualTo(input + output);
        assertThat(ours.at("/prompt_tokens_details/cached_tokens").asLong()).isEqualTo(read);
        assertThat(ours.at("/completion_tokens_details/reasoning_tokens").asLong()).isEqualTo(thinking);
    }

    private void checkError(Recording recording) throws IOException {
        ApiError error = Samples.dialect(ANTHROPIC).error(recording.status(), _ -> null, recording.bytes());
        Outcome outcome = Outcome.unanswered(error);
        if (List.of(401, 402, 403).contains(recording.status())) {
            assertThat(outcome).isEqualTo(new Outcome.Refused(Failures.AUTHENTICATION));
        } else if (recording.status() < 500 && recording.status() != 429) {
            assertThat(outcome).isInstanceOf(Outcome.Rejected.class);
            assertThat(error.status()).isEqualTo(recording.status());
            assertThat(error.type()).isEqualTo("invalid_request_error");
            assertThat(error.message()).isEqualTo(recording.json().at("/error/message").asText());
        } else {
            assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        }
    }

    /** What an OpenAI client sends who wants the same comes out as what was recorded. */
    private void checkRequest(Recording recording) throws IOException {
        JsonNode recorded = recording.json();
        AnthropicForm.inexpressible(recorded).ifPresent(why -> assumeTrue(false, recording.file() + ": " + why));
        ObjectNode body = AnthropicForm.asOpenAi(recorded);
        assertThat(AnthropicForm.normal(sent(recorded, body))).isEqualTo(AnthropicForm.normal(recorded));
    }

    /** The same case as it was recorded with OpenAI itself, where the ids were made by the client. */
    private void checkMatrix(Recording recording) throws IOException {
        Path twin = recording.root().resolve(recording.file().replace("anthropic/", "openai/"));
        assumeTrue(Files.exists(twin), recording.file() + ": not recorded with OpenAI");
        JsonNode recorded = recording.json();
        var body = (ObjectNode) Recordings.JSON.readTree(Files.readString(twin).replace("\"call_", "\"toolu_"));
        body.remove(List.of("model", "reasoning_effort"));
        body.set("max_completion_tokens", recorded.path("max_tokens"));
        JsonNode sent = sent(recorded, body);
        sent.path("tools").forEach(tool -> ((ObjectNode) tool.path("input_schema")).remove("additionalProperties"));
        assertThat(AnthropicForm.normal(sent)).isEqualTo(AnthropicForm.normal(recorded));
    }

    private static JsonNode sent(JsonNode recorded, ObjectNode body) throws IOException {
        OutboundRequest sent = Samples.sent(ANTHROPIC,
                Samples.envelope(recorded.path("stream").asBoolean(), false, body.toString()),
                Samples.candidate(recorded.path("model").asText()));
        assertThat(sent.path()).isEqualTo("/v1/messages");
        assertThat(sent.dropped()).isEmpty();
        return Recordings.JSON.readTree(sent.body());
    }
}
