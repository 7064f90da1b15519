package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.event.RequestEnvelope;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of a provider that gives but one choice, for a caller who wants several. */
class ChoiceCallsTest extends WithLocalProvider {
    private final List<JsonNode> asked = new ArrayList<>();

    @BeforeEach
    void connect() throws Exception {
        client = client(ProviderKind.GROQ, server.actualPort(), Provider.Timeouts.DEFAULT);
    }

    private static RequestEnvelope envelope(boolean stream, int n) {
        return Samples.envelope(stream, true, "{\"messages\":[],\"n\":" + n + "}");
    }

    /** Counts the calls, and lets the others answer from this one on. */
    private Behaviour before(int call, Behaviour first, Behaviour rest) {
        return (request, body) -> {
            asked.add(body.toJsonObject().mapTo(JsonNode.class));
            (asked.size() <= call ? first : rest).answer(request, body);
        };
    }

    private static void streams(HttpServerRequest request, Buffer body) {
        stream(request).end(CHUNK + END);
    }

    private static void answers(HttpServerRequest request, Buffer body) {
        request.response().putHeader("content-type", "application/json").end("""
                {"created":5,"model":"m","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],
                 "usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":3}}}""");
    }

    private static void isFull(HttpServerRequest request, Buffer body) {
        request.response().setStatusCode(429).putHeader("retry-after", "9").end("{}");
    }

    @Test
    void theChoicesOfAStreamComeOneAfterAnother() throws Exception {
        Outcome outcome = outcome(envelope(true, 3), before(3, ChoiceCallsTest::streams, ChoiceCallsTest::isFull));

        assertThat(outcome).asInstanceOf(type(Outcome.Completed.class)).satisfies(completed -> {
            assertThat(completed.consumption()).isEqualTo(new Consumption(new Usage(21, 6, 0, 0, 0), false, null, 3));
            seen.writeBytes(completed.rest());
        });
        assertThat(asked).hasSize(3).allSatisfy(body -> assertThat(body.has("n")).isFalse());
        assertThat(calledAgain).as("told to whoever counts what the provider sees").isEqualTo(2);
        List<JsonNode> chunks = Conversation.chunks(seen.toByteArray());
        chunks.forEach(RecordedTrafficTest::checkChunk);
        RecordedTrafficTest.checkRolesAndToolCalls(chunks);
        assertThat(Conversation.ofChunks(chunks).choices()).hasSize(3).allSatisfy((_, choice) -> {
            assertThat(choice.content).hasToString("Hi");
            assertThat(choice.finish).isEqualTo("stop");
        });
        assertThat(chunks.stream().filter(chunk -> chunk.path("usage").isObject())).singleElement()
                .satisfies(chunk -> assertThat(chunk.at("/usage/total_tokens").asLong()).isEqualTo(27));
        assertThat(seen()).containsOnlyOnce("[DONE]").endsWith("data: [DONE]\n\n");
    }

    @Test
    void theChoicesOfAnAnswerInOnePieceAreOneAnswer() throws Exception {
        Outcome outcome = outcome(envelope(false, 2), before(2, ChoiceCallsTest::answers, ChoiceCallsTest::isFull));

        JsonNode answer = Recordings.JSON
                .readTree(new String(((Outcome.Completed) outcome).rest(), StandardCharsets.UTF_8));
        assertThat(IntStream.range(0, 2).mapToObj(i -> answer.path("choices").path(i)))
                .extracting(choice -> choice.path("index") + choice.at("/message/content").asText())
                .containsExactly("0Hi", "1Hi");
        assertThat(answer.at("/usage/prompt_tokens").asLong()).isEqualTo(14);
        assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").asLong()).isEqualTo(6);
        assertThat(answer.at("/usage/cost").decimalValue()).isEqualByComparingTo("0.0000045");
        assertThat(seen()).isEmpty();
    }

    @Test
    void whatHasBeenSaidIsPaidForIfALaterCallFails() throws Exception {
        for (boolean stream : List.of(true, false)) {
            asked.clear();
            Outcome outcome = outcome(envelope(stream, 3), before(1,
                    stream ? ChoiceCallsTest::streams : ChoiceCallsTest::answers, ChoiceCallsTest::isFull));
            assertThat(outcome).asInstanceOf(type(Outcome.Broken.class)).satisfies(broken -> {
                assertThat(broken.error().status()).isEqualTo(429);
                assertThat(broken.consumption()).isEqualTo(
                        new Consumption(new Usage(7, 2, stream ? 0 : 3, 0, 0), false, null, 1));
            });
            assertThat(asked).hasSize(2);
        }
        assertThat(seen()).contains("\"content\":\"Hi\"").doesNotContain("[DONE]");
    }

    @Test
    void ifTheFirstCallIsRefusedAnotherProviderMayTry() throws Exception {
        assertThat(outcome(envelope(true, 2), before(0, ChoiceCallsTest::streams, ChoiceCallsTest::isFull)))
                .isInstanceOf(Outcome.Refused.class);
        assertThat(asked).hasSize(1);
    }

    @Test
    void aCallerWhoGoesAwayPaysForAllThatWasCalled() throws Exception {
        behaviour = before(1, ChoiceCallsTest::streams, (request, _) -> stream(request).write(CHUNK));
        ProviderCall call = send(envelope(true, 5));
        while (!seen().contains("\"index\":1")) {
            await(vertx.timer(5).mapEmpty());
        }
        onLoop(() -> {
            call.cancel();
            return call;
        });

        assertThat(await(call.outcome())).asInstanceOf(type(Outcome.Abandoned.class)).satisfies(
                abandoned -> assertThat(abandoned.consumption())
                        .isEqualTo(new Consumption(new Usage(7 + 6, 2 + 1, 0, 0, 0), true, null, 2)));
        assertThat(asked).hasSize(2);
    }

    @Test
    void aCallerWhoReadsSlowlyHoldsUpTheNextCallToo() throws Exception {
        behaviour = before(2, ChoiceCallsTest::streams, ChoiceCallsTest::isFull);
        ProviderCall call = onLoop(() -> {
            var made = new ProviderCall[1];
            made[0] = client.send(envelope(true, 2), Samples.CANDIDATE, 0, events -> {
                seen.writeBytes(events);
                if (firstDelta.tryComplete()) {
                    made[0].pause();
                }
            });
            return made[0];
        });
        await(firstDelta.future());
        onLoop(() -> {
            call.resume();
            return call;
        });

        assertThat(await(call.outcome())).isInstanceOf(Outcome.Completed.class);
        assertThat(seen()).contains("\"index\":1");
    }
}
