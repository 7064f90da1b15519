package dev.penstock.dispatcher.provider;

import static dev.penstock.dispatcher.provider.Samples.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.event.Continued;
import dev.penstock.schemas.event.Format;
import dev.penstock.schemas.event.RequestEnvelope;
import dev.penstock.schemas.event.Tokens;
import dev.penstock.schemas.event.UsageSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How an answer that broke off is asked for again, and what a client sees of the two. */
class ContinuationTest {
    private static final String BODY = "{\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Go\"}]}";
    private static final String TOLD = "The water waits behind the gate until ";
    private static final String BARE = TOLD.stripTrailing();

    @Test
    void aModelIsToldInWordsWhereItCannotBeGivenTheBeginning() throws IOException {
        for (String model : List.of("claude-opus-4-6", "gpt-5")) {
            JsonNode asked = asked(model.startsWith("c") ? ProviderKind.ANTHROPIC : ProviderKind.OPENAI, model, BODY);
            assertThat(asked.path("messages")).hasSize(3);
            assertThat(asked.at("/messages/1").toString())
                    .isEqualTo("{\"role\":\"assistant\",\"content\":\"" + BARE + "\"}");
            assertThat(asked.at("/messages/2/role").asText()).isEqualTo("user");
            assertThat(asked.at("/messages/2/content").asText()).endsWith(": " + BARE);
            assertThat(asked.path("max_tokens").asLong()).isEqualTo(50 - 9 + (BARE.length() + 3) / 4);
        }
    }

    @Test
    void theBeginningStandsLastWhereTheModelGoesOnWithThat() throws IOException {
        String thinking = BODY.replace("{\"max", "{\"reasoning_effort\":\"low\",\"max");
        for (var known : List.of(asked(ProviderKind.ANTHROPIC, "claude-sonnet-4-5", BODY),
                asked(ProviderKind.BEDROCK, "us.anthropic.claude-3-7-sonnet-20250219-v1:0", BODY),
                asked(ProviderKind.MISTRAL, "mistral-large", BODY))) {
            assertThat(known.path("messages")).hasSize(2);
            assertThat(known.at("/messages/1/content").asText()).isEqualTo(BARE);
            assertThat(known.path("max_tokens").asLong()).isEqualTo(50 - 9);
        }
        assertThat(asked(ProviderKind.ANTHROPIC, "claude-sonnet-4-5", thinking).path("messages")).hasSize(3);
        assertThat(asked(ProviderKind.BEDROCK, "amazon.nova-pro-v1:0", BODY).path("messages")).hasSize(3);
    }

    @Test
    void whatIsAddedIsKnownBefore() throws IOException {
        for (String told : List.of("So", "\n \n", TOLD.repeat(30), "\u4e2d".repeat(99), "a\n\ud83d\ude00 b")) {
            RequestEnvelope before = envelope(BODY, told, 1);
            RequestEnvelope after = Continuation.of(before, ProviderKind.OPENAI, "gpt-5").asked();
            JsonNode body = CanonicalBody.JSON.readTree(after.getBody().array());
            long text = body.path("messages").findValuesAsText("content").stream().mapToLong(
                    content -> content.getBytes(StandardCharsets.UTF_8).length).sum() - 2;
            assertThat(Spoken.addedInput(told)).as(told).isGreaterThanOrEqualTo(text).isLessThan(text + 70);
            assertThat(body.path("max_tokens").asLong() - 50).as(told)
                    .isLessThanOrEqualTo(Spoken.addedOutput(told));
        }
    }

    @Test
    void whatNobodyWasToldOfIsAskedForAsBefore() {
        RequestEnvelope nothing = envelope(BODY, "", 0);
        assertThat(Continuation.of(nothing, ProviderKind.OPENAI, "gpt-5").asked()).isSameAs(nothing);
        RequestEnvelope first = Samples.envelope(true, true, BODY);
        assertThat(Continuation.of(first, ProviderKind.OPENAI, "gpt-5").asked()).isSameAs(first);
    }

    @Test
    void twoAnswersAreOneToTheClientWhereverTheFirstIsCut() throws IOException {
        String whole = "So it is: the water waits behind the gate, and\nnone is lost. \u4e2d!";
        for (Format format : List.of(Format.CHAT_COMPLETIONS, Format.COMPLETIONS, Format.MESSAGES)) {
            for (int cut = 1; cut < whole.length(); cut++) {
                Seen first = first(format, chunks(whole.substring(0, cut)));
                assertThat(first.outcome).isInstanceOf(Outcome.Broken.class);
                Spoken spoken = first.outcome.spoken();
                assertThat(spoken).isNotNull();
                assertThat(spoken.text()).isEqualTo(whole.substring(0, cut));
                assertThat(spoken.created()).isEqualTo(5);
                RequestEnvelope next = RequestEnvelope.newBuilder(envelope(BODY, spoken.text(), 1)).setFormat(format)
                        .build();
                String rest = whole.substring(Math.max(0, cut - 12 - cut % 3));
                Seen second = second(next, chunks(rest) + finish());

                assertThat(second.outcome).isInstanceOf(Outcome.Completed.class);
                assertThat(text(first.events) + text(second.events)).isEqualTo(whole);
                check(format, first.events, second.events);
            }
        }
    }

    private static void check(Format format, String first, String second) {
        switch (format) {
            case CHAT_COMPLETIONS -> {
                assertThat(first).doesNotContain("penstock").containsOnlyOnce("\"role\":\"assistant\"");
                assertThat(second).doesNotContain("\"role\"").doesNotContain("thinking aloud")
                        .containsOnlyOnce("\"finish_reason\":\"stop\"").containsOnlyOnce("[DONE]");
                for (String line : second.lines().filter(line -> line.startsWith("data: {")).toList()) {
                    assertThat(line).contains("\"id\":\"chatcmpl-abc123\"", "\"created\":5,",
                            "\"penstock\":{\"continued_by\":\"acme/alias\"}");
                }
                assertThat(second).contains("\"usage\":{\"prompt_tokens\":107,\"completion_tokens\":22,"
                        + "\"total_tokens\":129", "\"cost\":0.00000407}");
            }
            case COMPLETIONS -> assertThat(second).containsOnlyOnce("\"finish_reason\":\"stop\"")
                    .contains("continued_by");
            case MESSAGES -> {
                assertThat(first).containsOnlyOnce("event: message_start");
                assertThat(second).doesNotContain("message_start").doesNotContain("content_block_start")
                        .containsOnlyOnce("event: content_block_stop").containsOnlyOnce("event: message_stop")
                        .contains("\"output_tokens\":22", "continued_by");
            }
            case RESPONSES, EMBEDDINGS, MODERATIONS -> throw new AssertionError();
        }
    }

    @Test
    void whatIsNoTextAloneEndsWhereItBreaksOff() {
        for (String delta : List.of(
                "\"content\":\"a\",\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\"}}]",
                "\"refusal\":\"no\"", "\"content\":\"a\",\"annotations\":[{\"type\":\"url_citation\"}]")) {
            assertThat(first(Format.CHAT_COMPLETIONS, chunk(delta)).outcome.spoken()).as(delta).isNull();
        }
        assertThat(
                first(Format.CHAT_COMPLETIONS, chunk("\"content\":\"a\"").replace("\"index\":0", "\"index\":1")).outcome
                        .spoken())
                .isNull();
        assertThat(first(Format.CHAT_COMPLETIONS, chunks("a") + chunk("").replace("null}]", "\"stop\"}]")).outcome
                .spoken()).isNull();
        assertThat(first(Format.RESPONSES, chunks("a")).outcome.spoken()).isNull();
        String thought = chunk("\"reasoning_content\":\"Hm\"");
        assertThat(first(Format.MESSAGES, thought + chunks("a")).outcome.spoken()).isNull();
        assertThat(first(Format.CHAT_COMPLETIONS, thought).outcome.spoken()).isEqualTo(new Spoken("", 0, 5));
        assertThat(first(Format.CHAT_COMPLETIONS, thought + chunks("ab")).outcome.spoken())
                .isEqualTo(new Spoken("ab", 1, 5));
    }

    @Test
    void whoGoesOnAndFailsHasToldNothingMore() throws IOException {
        RequestEnvelope next = envelope(BODY, TOLD, 1);
        assertThat(second(next, "").outcome).isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
        Seen again = second(next, chunks("the wheel"));
        assertThat(again.outcome.spoken()).isNotNull();
        assertThat(again.outcome.spoken().text()).isEqualTo(TOLD + text(again.events));
        assertThat(second(next, chunks("behind the")).outcome.spoken()).isEqualTo(new Spoken(TOLD, 10, 5));
    }

    private record Seen(String events, Outcome outcome) {}

    private static Seen first(Format format, String stream) {
        RequestEnvelope envelope = RequestEnvelope.newBuilder(Samples.envelope(true, true, BODY)).setFormat(format)
                .setContinuable(true).build();
        return see(envelope, new Tally(400, null), stream);
    }

    private static Seen second(RequestEnvelope envelope, String stream) {
        return see(envelope, new Tally(400, new Price(10_000_000, 1_000_000_000, null, null), envelope.getContinued()),
                stream);
    }

    private static Seen see(RequestEnvelope envelope, Tally tally, String stream) {
        var events = new ByteArrayOutputStream();
        Continuation continuation = Continuation.of(envelope, ProviderKind.OPENAI, "gpt-5");
        var answer = new StreamedAnswer(Samples.dialect(ProviderKind.OPENAI).streamDecoder(envelope),
                StreamEncoder.of(continuation.asked(), tally), continuation, tally, events::writeBytes);
        Outcome outcome = answer.feed(bytes(stream));
        outcome = outcome == null ? answer.end() : outcome;
        if (outcome instanceof Outcome.Completed(byte[] rest, _)) {
            events.writeBytes(rest);
        }
        return new Seen(events.toString(StandardCharsets.UTF_8), outcome);
    }

    private static RequestEnvelope envelope(String body, String told, int seen) {
        return RequestEnvelope.newBuilder(Samples.envelope(true, true, body)).setContinuable(true)
                .setContinued(Continued.newBuilder().setAttemptId("chatcmpl-abc123/w-1").setText(told)
                        .setTextTokens(told.isEmpty() ? 0 : Math.min(9, told.length())).setSeen(seen).setCreated(5)
                        .setTokens(Tokens.newBuilder().setInput(100).setOutput(20).setSource(UsageSource.ESTIMATE)
                                .build())
                        .setCostNanoUsd(2_000L).build())
                .build();
    }

    private static JsonNode asked(ProviderKind kind, String model, String body) throws IOException {
        ByteBuffer asked = Continuation.of(envelope(body, TOLD, 1), kind, model).asked().getBody();
        return CanonicalBody.JSON.readTree(asked.array());
    }

    /** A text as a provider streams it, in pieces of five. */
    private static String chunks(String text) {
        var chunks = new StringBuilder();
        for (int at = 0; at < text.length(); at += 5) {
            String piece = text.substring(at, Math.min(text.length(), at + 5)).replace("\n", "\\n");
            chunks.append(chunk("\"content\":\"" + piece + "\""));
        }
        return chunks.toString();
    }

    private static String chunk(String delta) {
        return "data: {\"id\":\"x\",\"created\":5,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" + delta
                + "},\"finish_reason\":null}]}\n\n";
    }

    private static String finish() {
        return chunk("\"reasoning_content\":\"thinking aloud\"").replace("\"created\":5", "\"created\":6")
                + chunk("").replace("null}]", "\"stop\"}]")
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
    }

    /** What of events is the answer's text. */
    private static String text(String events) throws IOException {
        var texts = new ArrayList<String>();
        for (String line : events.lines().filter(line -> line.startsWith("data: {")).toList()) {
            JsonNode event = CanonicalBody.JSON.readTree(line.substring("data: ".length()));
            texts.add(event.at("/choices/0/delta/content").asText("") + event.at("/choices/0/text").asText("")
                    + event.at("/delta/text").asText(""));
        }
        return String.join("", texts).replace("null", "");
    }
}
