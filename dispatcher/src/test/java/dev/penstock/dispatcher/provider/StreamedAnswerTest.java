package dev.penstock.dispatcher.provider;

import static dev.penstock.dispatcher.provider.Samples.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.dispatcher.provider.Samples.Seen;
import dev.penstock.schemas.catalog.ProviderKind;
import org.junit.jupiter.api.Test;

class StreamedAnswerTest {
    private static final String HEAD = "\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\",\"choices\":[";
    private static final String OURS = "data: {\"id\":\"chatcmpl-abc123\"," + HEAD;

    private static Seen see(String... deltas) {
        return Seen.of(ProviderKind.OPENAI, Samples.envelope(true, false, "{}"), bytes(upstream(deltas)));
    }

    private static String upstream(String... choices) {
        var text = new StringBuilder();
        for (String choice : choices) {
            text.append(choice.startsWith("{\"index") || choice.startsWith("{\"delta")
                    ? "data: {\"id\":\"x\"," + HEAD + choice + "],\"obfuscation\":\"zz\"}"
                    : choice).append("\n\n");
        }
        return text.toString();
    }

    private static String ours(String choice) {
        return OURS + choice + "]}\n\n";
    }

    @Test
    void writesTheRoleOnceAndNothingBeforeThereIsContent() {
        Seen seen = see("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}",
                "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"}}",
                "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"!\"}}",
                "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}",
                "{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}", "data: [DONE]");
        assertThat(seen.text()).isEqualTo(
                ours("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"logprobs\":null,\"finish_reason\":null}")
                        + ours("{\"index\":0,\"delta\":{\"content\":\"!\"},\"logprobs\":null,\"finish_reason\":null}")
                        + ours("{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}")
                        + "data: [DONE]\n\n");
    }

    @Test
    void tellsAnErrorBeforeContentByItsStatus() {
        Seen seen = see("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}",
                "data: {\"error\":{\"message\":\"no\",\"code\":400},\"choices\":[]}");
        assertThat(seen.events()).isEmpty();
        assertThat(seen.outcome()).isInstanceOfSatisfying(Outcome.Rejected.class,
                rejected -> assertThat(rejected.error().status()).isEqualTo(400));
        assertThat(see("data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}").outcome())
                .isInstanceOf(Outcome.Refused.class);
        assertThat(see("data: {\"code\":\"x\",\"error\":\"Incorrect API key provided: xai-1234567890\"}").outcome())
                .isEqualTo(new Outcome.Refused(Failures.AUTHENTICATION));
        assertThat(see("event: error\ndata: {\"message\":\"x\"}").outcome()).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void isBrokenByAnErrorAfterContent() {
        Seen seen = see("{\"index\":0,\"delta\":{\"content\":\"Hello world\"}}",
                "data: {\"error\":{\"message\":\"x\"}}", "data: [DONE]");
        assertThat(seen.text()).contains("Hello world").doesNotContain("[DONE]").doesNotContain("error");
        assertThat(seen.outcome()).isInstanceOfSatisfying(Outcome.Broken.class, broken -> assertThat(
                broken.consumption()).isEqualTo(new Consumption(new Usage(100, 3, 0, 0, 0), true)));
    }

    @Test
    void isPaidForThoughNothingCanBeShownIfTheProviderHasCountedIt() {
        Seen seen = see("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":20}}",
                "data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}");
        assertThat(seen.outcome()).isInstanceOfSatisfying(Outcome.Broken.class, broken -> assertThat(
                broken.consumption()).isEqualTo(new Consumption(new Usage(7, 20, 0, 0, 0), false)));
    }

    @Test
    void isRefusedOrBrokenByAnEndThatComesTooEarly() {
        assertThat(see().outcome()).isEqualTo(new Outcome.Refused(Failures.CONNECTION_LOST));
        assertThat(see("{\"index\":0,\"delta\":{\"content\":\"a\"}}").outcome()).isInstanceOf(Outcome.Broken.class);
        assertThat(see("data: [DONE]").outcome()).isEqualTo(new Outcome.Refused(Failures.MALFORMED));
    }

    @Test
    void completesWithoutTheMarkOfTheEndIfThereWasAFinishReason() {
        assertThat(see("{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}").outcome())
                .isInstanceOf(Outcome.Completed.class);
    }

    @Test
    void isRefusedOrBrokenByGarbage() {
        assertThat(see("data: {\"choices\":[{\"ind").outcome()).isEqualTo(new Outcome.Refused(Failures.MALFORMED));
        assertThat(see("data: nonsense").outcome()).isInstanceOf(Outcome.Refused.class);
        assertThat(see("{\"index\":0,\"delta\":{\"content\":\"a\"}}", "data: <html>").outcome())
                .isInstanceOf(Outcome.Broken.class);
    }

    @Test
    void writesUsageAsAskedFor() {
        String usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}";
        byte[] stream = bytes(upstream("{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"eos\"}", usage,
                "data: [DONE]"));
        Seen asked = Seen.of(ProviderKind.OPENAI, Samples.streaming(), stream);
        assertThat(asked.text()).contains("\"finish_reason\":\"stop\"}],\"usage\":null}\n\n").endsWith(
                "\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":0},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":0}}}\n\ndata: [DONE]\n\n");
        Seen unasked = Seen.of(ProviderKind.OPENAI, Samples.envelope(true, false, "{}"), stream);
        assertThat(unasked.text()).doesNotContain("usage");
        assertThat(unasked.outcome()).isInstanceOfSatisfying(Outcome.Completed.class, completed -> assertThat(
                completed.consumption()).isEqualTo(new Consumption(new Usage(7, 2, 0, 0, 0), false)));
    }

    @Test
    void putsToolCallsStraight() {
        Seen seen = see(
                "{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":null}}]}}",
                "{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"\",\"type\":\"\",\"function\":{\"name\":\"\",\"arguments\":\"{}\"}}]}}",
                "{\"delta\":{\"tool_calls\":[]}}",
                "{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"g\"}}]}}",
                "{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"h\",\"arguments\":{\"x\":1}},\"id\":null}]}}",
                "{\"delta\":{},\"finish_reason\":\"tool_calls\"}", "data: [DONE]");
        assertThat(seen.text().lines().filter(line -> line.contains("tool_calls\":"))
                .map(line -> line.substring(line.indexOf("tool_calls"), line.indexOf("},\"logprobs")))).containsExactly(
                        "tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]",
                        "tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]",
                        "tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]",
                        "tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{\\\"x\\\":1}\"}}]");
    }

    @Test
    void givesAnEmptyObjectToACallWithoutArguments() {
        Seen seen = see("{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]}}",
                "{\"delta\":{},\"finish_reason\":\"tool_calls\"}", "data: [DONE]");
        assertThat(seen.text()).contains("\"id\":\"call_abc123_0_0\"")
                .contains("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]");
    }

    @Test
    void skipsWhatItDoesNotKnow() {
        Seen seen = see(
                "data: {\"new\":[{\"a\":[1]}],\"choices\":[null,{\"index\":0,\"x\":{},\"delta\":{\"content\":[\"s\",{\"type\":\"image\"},"
                        + "{\"type\":\"text\",\"text\":\"Hi\"}],\"tool_calls\":[null]},\"finish_reason\":\"stop\"}]}",
                "data: [DONE]");
        assertThat(seen.text()).contains("\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"}");
        assertThat(seen.outcome()).isInstanceOf(Outcome.Completed.class);
    }

    @Test
    void failsAChoiceThatEndsInAnError() {
        assertThat(see("{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}").outcome())
                .isEqualTo(new Outcome.Refused(Failures.FAILED));
        assertThat(see("{\"index\":0,\"error\":{\"message\":\"m\",\"code\":429},\"delta\":{}}").outcome())
                .isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void countsXaisReasoningAsOutput() {
        byte[] stream = bytes(upstream("{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":137,\"completion_tokens\":7,\"total_tokens\":270,"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":126}}}",
                "data: [DONE]"));
        assertThat(Seen.of(ProviderKind.XAI, Samples.streaming(), stream).text())
                .contains("\"completion_tokens\":133,\"total_tokens\":270");
    }
}
