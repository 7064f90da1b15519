package dev.penstock.dispatcher.provider;

import static dev.penstock.schemas.catalog.ProviderKind.BEDROCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.dispatcher.provider.Recordings.Recording;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.bus.ApiError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
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
import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;
import software.amazon.eventstream.MessageDecoder;

/** The contract of Bedrock's dialect, by what its API really sent and took. */
class BedrockTrafficTest {
    @TestFactory
    Stream<DynamicTest> streamsSayWhatTheProviderSaid() throws IOException {
        return tests(BedrockTrafficTest::isStream, this::checkStream);
    }

    @TestFactory
    Stream<DynamicTest> streamsAreTheSameHoweverTheyAreCut() throws IOException {
        return tests(BedrockTrafficTest::isStream,
                recording -> RecordedTrafficTest.checkCuts(BEDROCK, stream(recording)));
    }

    @TestFactory
    Stream<DynamicTest> wholeAnswersSayWhatTheProviderSaid() throws IOException {
        return tests(recording -> !recording.isRequest() && !isStream(recording) && recording.status() < 300,
                this::checkWhole);
    }

    @TestFactory
    Stream<DynamicTest> errorsAreOpenAis() throws IOException {
        return tests(recording -> !recording.isRequest() && recording.status() >= 300, this::checkError);
    }

    @TestFactory
    Stream<DynamicTest> requestsAreThoseThatTheProviderTook() throws IOException {
        return tests(Recording::isRequest, this::checkRequest);
    }

    private static Stream<DynamicTest> tests(Predicate<Recording> which, ThrowingConsumer<Recording> test)
            throws IOException {
        var root = Recordings.root();
        assumeTrue(root.isPresent(), "No recorded traffic: set PENSTOCK_WIRE to its folder");
        return Recordings.of(root.get(), Map.of("bedrock", BEDROCK)).stream().filter(which)
                .map(recording -> DynamicTest.dynamicTest(recording.file(), () -> {
                    assumeTrue(!recording.name().startsWith("invoke-"),
                            recording.file() + ": InvokeModel, a model's own dialect; Penstock speaks Converse");
                    test.accept(recording);
                }));
    }

    static boolean isStream(Recording recording) {
        return recording.file().matches(".*(eventstream\\.bin|stream-events\\.json)");
    }

    /** Framed again where the framing was lost. */
    static byte[] stream(Recording recording) throws IOException {
        if (recording.file().endsWith(".bin")) {
            return recording.bytes();
        }
        var bytes = new ByteArrayOutputStream();
        for (JsonNode event : recording.json()) {
            var typed = event.properties().iterator().next();
            new Message(Map.of(":message-type", HeaderValue.fromString("event"), ":event-type",
                    HeaderValue.fromString(typed.getKey())), Samples.bytes(typed.getValue().toString())).encode(bytes);
        }
        return bytes.toByteArray();
    }

    static JsonNode said(byte[] stream) throws IOException {
        var decoder = new MessageDecoder();
        decoder.feed(stream);
        var events = new ArrayList<Map.Entry<String, JsonNode>>();
        for (Message message : decoder.getDecodedMessages()) {
            events.add(Map.entry(message.getHeaders().get(":event-type").getString(),
                    Recordings.JSON.readTree(message.getPayload())));
        }
        return BedrockForm.fold(events);
    }

    private void checkStream(Recording recording) throws IOException {
        byte[] upstream = stream(recording);
        JsonNode said = said(upstream);
        Seen seen = Seen.of(BEDROCK, Samples.streaming(), upstream);
        List<JsonNode> chunks = Conversation.chunks(seen.events());
        chunks.forEach(RecordedTrafficTest::checkChunk);
        RecordedTrafficTest.checkRolesAndToolCalls(chunks);
        assertThat(seen.text()).endsWith("data: [DONE]\n\n");
        assertThat(Conversation.ofStream(seen.events()).toString())
                .isEqualTo(BedrockForm.conversation(said).toString());
        checkUsage(said.path("usage"), chunks.getLast().path("usage"), seen.outcome());
    }

    private void checkWhole(Recording recording) throws IOException {
        JsonNode theirs = recording.json();
        var answer = Samples.wholeAnswer(BEDROCK);
        answer.feed(recording.bytes());
        Outcome outcome = answer.end();
        assertThat(outcome).isInstanceOf(Outcome.Completed.class);
        JsonNode ours = Recordings.JSON.readTree(((Outcome.Completed) outcome).rest());
        assertThat(Conversation.ofWhole(ours).toString()).isEqualTo(BedrockForm.conversation(theirs).toString());
        checkUsage(theirs.path("usage"), ours.path("usage"), outcome);
        assertThat(ours.findValuesAsText("signature")).isEqualTo(theirs.findValuesAsText("signature"));
    }

    private static void checkUsage(JsonNode theirs, JsonNode ours, Outcome outcome) {
        long read = theirs.path("cacheReadInputTokens").asLong();
        long written = theirs.path("cacheWriteInputTokens").asLong();
        long input = theirs.path("inputTokens").asLong() + read + written;
        long output = theirs.path("outputTokens").asLong();
        assertThat(((Outcome.Completed) outcome).consumption())
                .isEqualTo(new Consumption(new Usage(input, output, read, written, 0), false));
        assertThat(ours.path("prompt_tokens").asLong()).isEqualTo(input);
        assertThat(ours.path("completion_tokens").asLong()).isEqualTo(output);
        assertThat(ours.path("total_tokens").asLong()).isEqualTo(theirs.path("totalTokens").asLong());
        assertThat(ours.at("/prompt_tokens_details/cached_tokens").asLong()).isEqualTo(read);
    }

    private void checkError(Recording recording) throws IOException {
        JsonNode headers = meta(recording).path("response_headers");
        ApiError error = Samples.dialect(BEDROCK).error(recording.status(),
                name -> headers.path(name).isTextual() ? headers.path(name).asText() : null, recording.bytes());
        if (List.of(401, 403).contains(recording.status())) {
            assertThat(error).isEqualTo(Failures.AUTHENTICATION);
        } else if (recording.status() < 500 && !List.of(408, 424, 429).contains(recording.status())) {
            assertThat(Outcome.unanswered(error)).isInstanceOf(Outcome.Rejected.class);
            assertThat(error.status()).isEqualTo(recording.status());
            assertThat(error.message()).isEqualTo(recording.json().path("message").asText());
        } else {
            assertThat(Outcome.unanswered(error)).isInstanceOf(Outcome.Refused.class);
        }
    }

    private static JsonNode meta(Recording recording) throws IOException {
        Path file = recording.root()
                .resolve(recording.file().replaceFirst("\\.(request|response)\\..*$", ".meta.json"));
        return Files.exists(file)
                ? Recordings.JSON.readTree(Files.readAllBytes(file))
                : Recordings.JSON.createObjectNode();
    }

    /** What an OpenAI client sends who wants the same comes out as what was recorded, and goes to the same place. */
    private void checkRequest(Recording recording) throws IOException {
        JsonNode recorded = recording.json();
        BedrockForm.inexpressible(recorded).ifPresent(why -> assumeTrue(false, recording.file() + ": " + why));
        String path = meta(recording).path("path").asText("/model/m/converse");
        String model = recorded.path("modelId")
                .asText(URLDecoder.decode(path.split("/")[2], StandardCharsets.UTF_8));
        boolean stream = path.endsWith("-stream");
        OutboundRequest sent = Samples.sent(BEDROCK,
                Samples.envelope(stream, false, BedrockForm.asOpenAi(recorded).toString()), Samples.candidate(model));
        assertThat(sent.dropped()).isEmpty();
        assertThat(sent.path().substring("/v1".length())).isEqualTo(
                "/model/" + model.replace(":", "%3A") + (stream ? "/converse-stream" : "/converse"));
        var body = (ObjectNode) Recordings.JSON.readTree(sent.body());
        assertThat(BedrockForm.normal(body)).isEqualTo(BedrockForm.normal(recorded));
    }
}
