package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.bus.ApiError;
import dev.penstock.schemas.catalog.ProviderKind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GeminiAnswerTest {
    private static Seen see(String... events) {
        var stream = new StringBuilder();
        for (String event : events) {
            stream.append("data: ").append(event).append("\r\n\r\n");
        }
        return Seen.of(ProviderKind.GEMINI, Samples.streaming(), Samples.bytes(stream.toString()));
    }

    private static String candidate(String parts, String more) {
        return "{\"candidates\":[{\"content\":{\"parts\":[" + parts + "],\"role\":\"model\"}" + more + "}]}";
    }

    private static JsonNode whole(String body) throws IOException {
        var answer = Samples.wholeAnswer(ProviderKind.GEMINI);
        answer.feed(Samples.bytes(body));
        return Recordings.JSON.readTree(((Outcome.Completed) answer.end()).rest());
    }

    private static ApiError error(int status, String body) {
        return Samples.dialect(ProviderKind.GEMINI).error(status, _ -> null, Samples.bytes(body));
    }

    @Test
    void givesCallsWholeAndNumbersThemThroughTheWholeStream() throws IOException {
        Seen seen = see(
                candidate("{\"text\":\"hm\",\"thought\":true},{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\": 1.0}},"
                        + "\"thoughtSignature\":\"AAAA\"}", ""),
                candidate("{\"functionCall\":{\"name\":\"g\",\"id\":\"own\"}},{\"text\":\"\"}", ""),
                candidate("{\"text\":\"\"}", ",\"finishReason\":\"STOP\",\"index\":0"));
        List<JsonNode> chunks = Conversation.chunks(seen.events());
        JsonNode first = chunks.get(0).at("/choices/0/delta");
        assertThat(first.path("reasoning_content").asText()).isEqualTo("hm");
        assertThat(first.at("/tool_calls/0/id").asText()).startsWith("call_abc123_0_0__pst_");
        assertThat(first.at("/tool_calls/0/function/arguments").asText()).isEqualTo("{\"a\": 1.0}");
        JsonNode second = chunks.get(1).at("/choices/0/delta/tool_calls/0");
        assertThat(second.path("index").asInt()).isEqualTo(1);
        assertThat(GeminiCallId.read(second.path("id").asText())).isEqualTo(new GeminiCallId("own", null));
        assertThat(second.at("/function/arguments").asText()).isEqualTo("{}");
        assertThat(chunks.get(2).at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
    }

    /** Sound that was read from the cache has the price of what is cached. */
    @Test
    void countsSoundAndTellsTheTier() {
        String usage = """
                {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{
                 "promptTokenCount":300,"candidatesTokenCount":40,"cachedContentTokenCount":70,
                 "promptTokensDetails":[{"modality":"TEXT","tokenCount":42},{"modality":"AUDIO","tokenCount":258}],
                 "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":58},{"modality":"TEXT","tokenCount":12}],
                 "candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":30}],%s}}""";
        Map.of("\"serviceTier\":\"standard\"", "default", "\"serviceTier\":\"priority\"", "priority",
                "\"trafficType\":\"ON_DEMAND_FLEX\"", "flex").forEach((said, tier) -> {
                    WholeAnswer answer = Samples.wholeAnswer(ProviderKind.GEMINI);
                    answer.feed(Samples.bytes(usage.formatted(said)));
                    assertThat(((Outcome.Completed) answer.end()).consumption()).isEqualTo(
                            new Consumption(new Usage(300, 40, 70, 0, 0, 0, 200, 30), false, tier, 1));
                });
    }

    @Test
    void knowsWhyItEnds() throws IOException {
        assertFinish("stop", "STOP", "OTHER", "UNEXPECTED_TOOL_CALL", "A_NEW_ONE");
        assertFinish("length", "MAX_TOKENS");
        assertFinish("content_filter", "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
                "IMAGE_SAFETY", "MODEL_ARMOR");
    }

    private static void assertFinish(String ours, String... theirs) throws IOException {
        for (String reason : theirs) {
            assertThat(whole("{\"candidates\":[{\"finishReason\":\"" + reason + "\"}]}")
                    .at("/choices/0/finish_reason").asText()).as(reason).isEqualTo(ours);
        }
    }

    @Test
    void aMalformedCallIsAFailureOfTheModel() {
        assertThat(see("{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}").outcome())
                .isEqualTo(new Outcome.Refused(Failures.FAILED));
        assertThat(
                see(candidate("{\"text\":\"a\"}", ""), "{\"candidates\":[{\"finishReason\":\"MALFORMED_RESPONSE\"}]}")
                        .outcome())
                .isInstanceOf(Outcome.Broken.class);
    }

    @Test
    void aBlockedPromptIsAnEmptyAnswerThatWasFiltered() throws IOException {
        JsonNode answer = whole(
                "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":7,\"totalTokenCount\":7}}");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("content_filter");
        assertThat(answer.at("/choices/0/message/content").isNull()).isTrue();
        assertThat(answer.at("/usage/prompt_tokens").asLong()).isEqualTo(7);
    }

    @Test
    void anEndWithoutAReasonIsACutStream() {
        assertThat(see(candidate("{\"text\":\"a\"}", "")).outcome()).isInstanceOf(Outcome.Broken.class);
        assertThat(see().outcome()).isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
        assertThat(see("{\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}").outcome())
                .isEqualTo(new Outcome.Refused(Failures.OVERLOADED));
        assertThat(see("garbage").outcome()).isEqualTo(new Outcome.Refused(Failures.MALFORMED));
    }

    @Test
    void countsWhatGeminiCountsBesideEachOtherTogether() throws IOException {
        JsonNode usage = whole("""
                {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":
                 {"promptTokenCount":10,"toolUsePromptTokenCount":5,"candidatesTokenCount":3,"thoughtsTokenCount":2,
                 "cachedContentTokenCount":4,"totalTokenCount":20,"promptTokensDetails":
                 [{"modality":"TEXT","tokenCount":4},{"modality":"AUDIO","tokenCount":6}]}}""").path("usage");
        assertThat(usage.toString()).isEqualTo("{\"prompt_tokens\":15,\"completion_tokens\":5,\"total_tokens\":20,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":6},"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":2}}");
    }

    @Test
    void namesItsSourcesOverCharactersNotBytes() throws IOException {
        JsonNode message = whole(
                """
                        {"candidates":[{"content":{"parts":[{"text":"Grüße 😀 aus Köln."}]},"finishReason":"STOP","groundingMetadata":
                         {"groundingChunks":[{"web":{"uri":"https://a.test","title":"A"}},{"web":{"uri":"https://b.test"}}],
                         "groundingSupports":[{"segment":{"startIndex":13,"endIndex":22},"groundingChunkIndices":[0,1]}]}}]}""")
                .at("/choices/0/message");
        String text = message.path("content").asText();
        JsonNode citation = message.at("/annotations/0/url_citation");
        assertThat(text.substring(citation.path("start_index").asInt(), citation.path("end_index").asInt()))
                .isEqualTo("aus Köln");
        assertThat(citation.path("url").asText()).isEqualTo("https://a.test");
        assertThat(message.path("annotations")).hasSize(2);
    }

    @Test
    void givesImagesAndLogprobs() throws IOException {
        JsonNode choice = whole(
                """
                        {"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},"finishReason":"STOP",
                         "logprobsResult":{"chosenCandidates":[{"token":"ü","logProbability":-0.5}],"topCandidates":
                         [{"candidates":[{"token":"u","logProbability":-1.5}]}]}}]}""")
                .at("/choices/0");
        assertThat(choice.at("/message/images/0/image_url/url").asText()).isEqualTo("data:image/png;base64,AAAA");
        assertThat(choice.path("logprobs").toString()).isEqualTo("{\"content\":[{\"token\":\"ü\",\"logprob\":-0.5,"
                + "\"bytes\":[195,188],\"top_logprobs\":[{\"token\":\"u\",\"logprob\":-1.5,\"bytes\":[117]}]}],\"refusal\":null}");
    }

    @Test
    void putsErrorsIntoOpenAisWords() {
        assertThat(error(429, """
                [{"error":{"code":429,"message":"Quota of projects/123","status":"RESOURCE_EXHAUSTED","details":
                 [{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.074824224s"}]}}]"""))
                .isEqualTo(new ApiError(429, "requests", "rate_limit_exceeded", null,
                        "The provider's rate limit is reached.", 35));
        assertThat(error(400,
                "{\"error\":{\"message\":\"The input token count (5) exceeds the maximum number of tokens "
                        + "allowed (4).\",\"status\":\"INVALID_ARGUMENT\"}}")
                .code()).isEqualTo("context_length_exceeded");
        assertThat(error(404, "{\"error\":{\"message\":\"m\",\"status\":\"NOT_FOUND\"}}").code())
                .isEqualTo("model_not_found");
        assertThat(error(400, "{\"error\":{\"message\":\"m\",\"status\":\"FAILED_PRECONDITION\"}}"))
                .isEqualTo(Failures.AUTHENTICATION);
        assertThat(error(403, "{\"error\":{\"message\":\"m\",\"status\":\"PERMISSION_DENIED\"}}"))
                .isEqualTo(Failures.AUTHENTICATION);
        assertThat(error(504, "{\"error\":{\"status\":\"DEADLINE_EXCEEDED\"}}")).isEqualTo(Failures.TIMEOUT);
        assertThat(error(404, "<html>")).isEqualTo(Failures.FAILED);
        assertThat(error(500, "{}")).isEqualTo(Failures.FAILED);
    }

    @Test
    void takesAnyTextForASignature() {
        for (String signature : List.of("AAAA", "AA==", "AA", "not base64!", "grüß")) {
            String id = GeminiCallId.carrying("call_1", false, signature);
            assertThat(GeminiCallId.read(id)).isEqualTo(new GeminiCallId(null, signature));
        }
        assertThat(GeminiCallId.carrying("call_1", false, "")).isEqualTo("call_1");
        assertThat(GeminiCallId.read(CarriedState.ANTHROPIC.attach("toolu_1", new byte[]{1})))
                .isEqualTo(new GeminiCallId(null, null));
    }
}
