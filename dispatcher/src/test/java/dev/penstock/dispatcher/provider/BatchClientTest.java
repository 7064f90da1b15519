package dev.penstock.dispatcher.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.catalog.ProviderKind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchClientTest {
    private static final String CHAT = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    @Test
    void aLineSaysWhatACallOfItsOwnWould() {
        var envelope = Samples.envelope(false, false, CHAT);
        for (ProviderKind kind : List.of(ProviderKind.OPENAI, ProviderKind.OPENAI_RESPONSES, ProviderKind.ANTHROPIC,
                ProviderKind.GEMINI)) {
            BatchApi.Line line = client(kind).line("ho_1-7", envelope, Samples.CANDIDATE);
            OutboundRequest call = Samples.sent(kind, envelope, Samples.CANDIDATE);

            assertThat(line).isNotNull();
            assertThat(line.body()).isEqualTo(call.body());
            assertThat(line.path()).isEqualTo(call.path());
            assertThat(new String(line.body(), StandardCharsets.UTF_8)).doesNotContain("\n");
        }
    }

    @Test
    void whatWouldBeSeveralCallsIsNoLine() {
        var envelope = Samples.envelope(false, false, CHAT.replace("{\"m", "{\"n\":2,\"m"));

        assertThat(client(ProviderKind.ANTHROPIC).line("ho_1-7", envelope, Samples.CANDIDATE)).isNull();
    }

    @Test
    void anAnswerIsPricedAsBatchWhateverTierItTellsOf() {
        byte[] body = Samples.bytes("{\"id\":\"x\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
                + "\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                + "\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1000,"
                + "\"completion_tokens\":100,\"total_tokens\":1100}}");
        Outcome outcome = client(ProviderKind.OPENAI).outcome(Samples.whole(), Samples.CANDIDATE,
                new BatchApi.Result.Answered("ho_1-7", 200, body));

        assertThat(outcome).isInstanceOfSatisfying(Outcome.Completed.class, done -> {
            assertThat(done.consumption().serviceTier()).isEqualTo(Price.BATCH);
            assertThat(new String(done.rest(), StandardCharsets.UTF_8)).contains("\"cost\":0.000105");
        });
    }

    @Test
    void anErrorIsThatOfItsStatusAndNoAnswerIsNobodysFault() {
        assertThat(client(ProviderKind.OPENAI).outcome(Samples.whole(), Samples.CANDIDATE, new BatchApi.Result.Answered(
                "ho_1-7", 400, Samples.bytes("{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\"}}"))))
                .isInstanceOf(Outcome.Rejected.class);
        assertThat(client(ProviderKind.OPENAI).outcome(Samples.whole(), Samples.CANDIDATE,
                new BatchApi.Result.NotExecuted("ho_1-7"))).isInstanceOf(Outcome.Refused.class);
    }

    /** Whose tokens cost $0.15 and $0.60 for a million, and half of that in a batch. */
    private static BatchClient client(ProviderKind kind) {
        Provider provider = Samples.provider(kind);
        var price = new Price(150_000_000, 600_000_000, null, null).withBatchPercent(50);
        return new BatchClient(provider, Catalog.of("v", List.of(provider),
                List.of(new Model("alias", provider.name(), "acme-1", price, Limits.UNKNOWN, 0)), List.of()));
    }
}
