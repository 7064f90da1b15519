package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Recordings.Recording;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** The contract of every provider's dialect, by what its API really sent. */
class RecordedTrafficTest {
    private static final Set<String> FINISH_REASONS = Set.of("stop", "length", "tool_calls", "content_filter",
            "function_call");

    @TestFactory
    Stream<DynamicTest> streamsSayWhatTheProviderSaid() throws IOException {
        return tests(recording -> !recording.isRequest() && recording.isStream(), this::checkStream);
    }

    @TestFactory
    Stream<DynamicTest> streamsAreTheSameHoweverTheyAreCut() throws IOException {
        return tests(recording -> !recording.isRequest() && recording.isStream(), this::checkCuts);
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
    Stream<DynamicTest> requestsOfOpenAiClientsArriveWhole() throws IOException {
        return tests(recording -> recording.isRequest() && recording.isOpenAis(), this::checkRequest);
    }

    private Stream<DynamicTest> tests(Predicate<Recording> which,
            ThrowingConsumer<Recording> test) throws IOException {
        var root = Recordings.root();
        assumeTrue(root.isPresent(), "No recorded traffic: set PENSTOCK_WIRE to its folder");
        return Recordings.all(root.get()).stream().filter(which).map(recording -> DynamicTest.dynamicTest(
                recording.file(), () -> test.accept(recording)));
    }

    private void checkStream(Recording recording) throws IOException {
        byte[] upstream = recording.stream();
        Seen seen = Seen.of(recording.kind(), Samples.streaming(), upstream);
        if (recording.name().matches(".*err-4\\d\\d.*")) {
            assertThat(seen.events()).isEmpty();
            assertThat(seen.outcome()).isInstanceOfAny(Outcome.Rejected.class, Outcome.Refused.class);
            return;
        }
        List<JsonNode> chunks = Conversation.chunks(seen.events());
        chunks.forEach(RecordedTrafficTest::checkChunk);
        checkRolesAndToolCalls(chunks);
        if (recording.name().contains("midstream-error")) {
            assertThat(seen.outcome()).isInstanceOf(Outcome.Broken.class);
            return;
        }
        assertThat(seen.text()).endsWith("data: [DONE]\n\n");
        List<JsonNode> theirs = Conversation.chunks(upstream).stream()
                .map(chunk -> Native.openAi(recording.kind(), chunk, "delta")).toList();
        assertSaysTheSame(recording, Conversation.ofChunks(chunks), Conversation.ofChunks(theirs));
        checkUsage(recording, lastUsage(theirs), chunks.getLast().path("usage"), seen.outcome());
    }

    private static void assertSaysTheSame(Recording recording, Conversation ours, Conversation theirs)
            throws IOException {
        if (!recording.isOpenAis()) {
            ours.ofNativeCalls();
            theirs.ofNativeCalls();
        }
        assertThat(ours.toString()).isEqualTo(theirs.toString());
    }

    static void checkChunk(JsonNode chunk) {
        assertThat(chunk.path("id").asText()).isEqualTo(Samples.REQUEST_ID);
        assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(chunk.path("created").asLong()).isPositive();
        assertThat(chunk.has("error")).isFalse();
        assertThat(chunk.has("usage")).isTrue();
        assertThat(
                List.of("id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"))
                .containsAll(fields(chunk));
        for (JsonNode choice : chunk.path("choices")) {
            assertThat(fields(choice)).containsExactlyInAnyOrder("index", "delta", "logprobs", "finish_reason");
            assertThat(choice.path("finish_reason").isNull()
                    || FINISH_REASONS.contains(choice.path("finish_reason").asText())).isTrue();
        }
    }

    static void checkRolesAndToolCalls(List<JsonNode> chunks) {
        var begun = new HashSet<Integer>();
        var calls = new HashSet<String>();
        var finished = new HashSet<Integer>();
        for (JsonNode chunk : chunks) {
            for (JsonNode choice : chunk.path("choices")) {
                int index = choice.path("index").asInt();
                assertThat(choice.path("delta").has("role")).isEqualTo(begun.add(index));
                assertThat(choice.path("finish_reason").isNull() || finished.add(index)).isTrue();
                JsonNode fragments = choice.path("delta").path("tool_calls");
                assertThat(fragments.isMissingNode() || !fragments.isEmpty()).isTrue();
                for (JsonNode call : fragments) {
                    boolean first = calls.add(index + "/" + call.path("index").asInt());
                    assertThat(call.has("id")).isEqualTo(first);
                    assertThat(call.has("type")).isEqualTo(first);
                    assertThat(call.path("function").has("name")).isEqualTo(first);
                    assertThat(call.path("function").path("arguments").isTextual()).isTrue();
                }
            }
        }
    }

    private void checkCuts(Recording recording) throws IOException {
        checkCuts(recording.kind(), recording.stream());
    }

    /** At every byte if there are few, else at some, and byte by byte. */
    static void checkCuts(ProviderKind kind, byte[] upstream) {
        Seen whole = Seen.of(kind, Samples.streaming(), upstream);
        var random = new Random(upstream.length);
        int cuts = upstream.length < 8192 ? upstream.length : 200;
        for (int i = 0; i < cuts; i++) {
            int at = cuts == upstream.length ? i : random.nextInt(upstream.length);
            assertSame(whole, Seen.of(kind, Samples.streaming(), Samples.split(upstream, at)));
        }
        assertSame(whole, Seen.of(kind, Samples.streaming(), Samples.crumbs(upstream)));
    }

    private static void assertSame(Seen expected, Seen actual) {
        assertThat(actual.events()).isEqualTo(expected.events());
        assertThat(actual.outcome()).hasSameClassAs(expected.outcome());
    }

    private void checkWhole(Recording recording) throws IOException {
        var answer = Samples.wholeAnswer(recording.kind());
        answer.feed(recording.bytes());
        Outcome outcome = answer.end();
        assertThat(outcome).isInstanceOf(Outcome.Completed.class);
        JsonNode ours = Recordings.JSON.readTree(((Outcome.Completed) outcome).rest());
        JsonNode theirs = Native.openAi(recording.kind(), recording.json(), "message");
        assertSaysTheSame(recording, Conversation.ofWhole(ours), Conversation.ofWhole(theirs));
        assertThat(ours.path("id").asText()).isEqualTo(Samples.REQUEST_ID);
        assertThat(ours.path("object").asText()).isEqualTo("chat.completion");
        assertThat(ours.path("model").asText()).isEqualTo(theirs.path("model").asText("alias"));
        if (theirs.has("created")) {
            assertThat(ours.path("created")).isEqualTo(theirs.path("created"));
        }
        for (int i = 0; i < theirs.path("choices").size(); i++) {
            JsonNode message = ours.path("choices").path(i).path("message");
            JsonNode said = theirs.path("choices").path(i).path("message");
            assertThat(message.path("content").isNull()).isEqualTo(!said.hasNonNull("content"));
            for (String passed : recording.isOpenAis()
                    ? List.of("audio", "annotations", "reasoning_details")
                    : List.<String>of()) {
                assertThat(message.path(passed)).isEqualTo(said.hasNonNull(passed)
                        ? said.path(passed)
                        : message.path("missing"));
            }
        }
        checkUsage(recording, theirs.path("usage"), ours.path("usage"), outcome);
    }

    /** Compared with the provider's own figures; xAI alone counts reasoning beside the completion. */
    private static void checkUsage(Recording recording, JsonNode theirs, JsonNode ours, Outcome outcome) {
        Consumption consumption = ((Outcome.Completed) outcome).consumption();
        assertThat(consumption.estimated()).isEqualTo(!theirs.isObject());
        if (!theirs.isObject()) {
            return;
        }
        long apart = recording.kind() == ProviderKind.XAI
                ? theirs.at("/completion_tokens_details/reasoning_tokens").asLong()
                : 0;
        assertThat(ours.path("prompt_tokens").asLong()).isEqualTo(theirs.path("prompt_tokens").asLong());
        assertThat(ours.path("completion_tokens").asLong())
                .isEqualTo(theirs.path("completion_tokens").asLong() + apart);
        assertThat(ours.path("total_tokens").asLong()).isEqualTo(theirs.path("total_tokens").asLong());
        assertThat(ours.at("/prompt_tokens_details/cached_tokens").asLong())
                .isEqualTo(theirs.at("/prompt_tokens_details/cached_tokens").asLong());
        assertThat(ours.at("/completion_tokens_details/reasoning_tokens").asLong())
                .isEqualTo(theirs.at("/completion_tokens_details/reasoning_tokens").asLong());
        assertThat(consumption.usage().inputTokens()).isEqualTo(ours.path("prompt_tokens").asLong());
        assertThat(consumption.usage().outputTokens()).isEqualTo(ours.path("completion_tokens").asLong());
    }

    static JsonNode lastUsage(List<JsonNode> chunks) {
        JsonNode last = Recordings.JSON.missingNode();
        for (JsonNode chunk : chunks) {
            JsonNode usage = chunk.path("usage").isObject() ? chunk.path("usage") : chunk.at("/x_groq/usage");
            last = usage.isObject() ? usage : last;
        }
        return last;
    }

    private void checkError(Recording recording) throws IOException {
        ApiError error = Samples.dialect(recording.kind()).error(recording.status(), _ -> null, recording.bytes());
        Outcome outcome = Outcome.unanswered(error);
        if (recording.name().matches("(native-)?err-40[13].*|err-400-key")) {
            assertThat(outcome).isEqualTo(new Outcome.Refused(Failures.AUTHENTICATION));
        } else if (recording.status() == 429 || recording.status() >= 500) {
            assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        } else {
            assertThat(outcome).isInstanceOf(Outcome.Rejected.class);
            assertThat(error.status()).isEqualTo(recording.status());
            assertThat(error.type()).isEqualTo("invalid_request_error");
            JsonNode json = recording.json();
            assertThat(error.message()).isEqualTo(json.at("/error/message").asText(json.path("message").asText()));
        }
    }

    /** The recorded body less what the envelope says, sent to the same provider again. */
    private void checkRequest(Recording recording) throws IOException {
        var body = (ObjectNode) recording.json();
        String model = body.path("model").asText();
        boolean stream = body.path("stream").asBoolean();
        ObjectNode stripped = body.deepCopy();
        stripped.remove(List.of("model", "stream", "stream_options"));
        byte[] sent = Samples
                .sent(recording.kind(), Samples.envelope(stream, false, stripped.toString()), Samples.candidate(model))
                .body();
        JsonNode arrived = Recordings.JSON.readTree(sent);
        assertThat(arrived.path("model").asText()).isEqualTo(model);
        assertThat(arrived.path("stream").asBoolean()).isEqualTo(stream);
        assertThat(arrived.at("/stream_options/include_usage").asBoolean())
                .isEqualTo(stream && recording.kind() != ProviderKind.MISTRAL);
        assertThat(((ObjectNode) arrived).remove(List.of("model", "stream", "stream_options"))).isEqualTo(stripped);
    }

    private static Set<String> fields(JsonNode node) {
        var names = new ArrayList<String>();
        node.fieldNames().forEachRemaining(names::add);
        return new TreeSet<>(names);
    }
}
