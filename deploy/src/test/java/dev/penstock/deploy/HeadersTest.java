package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No header goes through Penstock: neither what a provider tells of the operator, nor what a caller tells of itself. */
@ExtendWith(SharedBed.class)
class HeadersTest {
    private static final Set<String> SENT = Set.of("accept", "authorization", "content-length", "content-type", "host",
            "idempotency-key", "user-agent");
    private static final Set<String> ANSWERED = Set.of("cache-control", "content-length", "content-type", "request-id",
            "transfer-encoding", "x-penstock-cost-usd", "x-penstock-model", "x-penstock-provider",
            "x-penstock-route-reason", "x-ratelimit-limit-requests", "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-requests",
            "x-ratelimit-reset-tokens", "x-request-id");
    private static final String OWN = "callers-own";
    private final TestBed bed;
    private final TalkativeProvider provider;

    HeadersTest(TestBed bed, TalkativeProvider provider) {
        this.bed = bed;
        this.provider = provider;
    }

    @ParameterizedTest
    @CsvSource({"/chat/completions,false,Hi", "/chat/completions,true,Hi", "/chat/completions,false,refuse this",
            "/chat/completions,true,refuse this", "/messages,false,Hi", "/messages,true,Hi"})
    void neitherSideLearnsOfTheOther(String path, boolean stream, String prompt) throws Exception {
        provider.asked.clear();
        HttpResponse<String> answer = bed.http.send(HttpRequest.newBuilder(URI.create(bed.url() + path))
                .header("authorization", "Bearer " + TestBed.KEY).header("content-type", "application/json")
                .header("cookie", OWN).header("openai-organization", OWN).header("openai-project", OWN)
                .header("user-agent", OWN).header("x-forwarded-for", "203.0.113.7").header("x-stainless-os", OWN)
                .header("x-session-id", OWN).header("x-client-request-id", OWN).header("baggage", "user=" + OWN)
                .header("x-sim", OWN).header("anthropic-beta", OWN).header("referer", "https://" + OWN)
                .header("idempotency-key", OWN + UUID.randomUUID())
                .POST(BodyPublishers.ofString("{\"model\":\"talkative/m\",\"max_tokens\":9,\"stream\":" + stream
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]}"))
                .build(), BodyHandlers.ofString());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(prompt.equals("Hi") ? 200 : 400);
        assertThat(answer.headers().map().keySet()).isSubsetOf(ANSWERED);
        assertThat(answer.headers().map() + answer.body()).doesNotContain(TalkativeProvider.ACCOUNT, "777777",
                "ABCdef", "req_0123456789");
        assertThat(provider.asked).hasSize(1);
        Map<String, List<String>> asked = provider.asked.element();
        assertThat(asked.keySet()).allSatisfy(name -> assertThat(name.toLowerCase(Locale.ROOT)).isIn(SENT));
        assertThat(asked.toString()).doesNotContain(OWN, TestBed.KEY, "203.0.113.7");
        assertThat(asked.get("Authorization")).containsExactly("Bearer operators-key");
    }
}
