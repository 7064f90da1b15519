package dev.penstock.deploy;

import static dev.penstock.deploy.RoutesBed.body;
import static dev.penstock.deploy.RoutesBed.header;
import static dev.penstock.deploy.RoutesBed.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.ingress.Ingress;
import dev.penstock.schemas.event.AttemptEnded;
import dev.penstock.schemas.event.UsageEvent;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a caller may ask for, at most and until when. */
@ExtendWith(RoutesBed.Shared.class)
class LimitsTest {
    private final RoutesBed bed;

    LimitsTest(RoutesBed bed) {
        this.bed = bed;
    }

    @BeforeEach
    void well() {
        bed.well();
    }

    @Test
    void theDearestCandidateIsHeldFor() throws Exception {
        HttpResponse<String> answer = bed.send("/chat/completions", "sk-capped", body("smart", ""), Map.of());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(ApiClient.JSON.readTree(bed.alpha.lastBody).path("max_completion_tokens").asInt()).isEqualTo(50);
        String id = json(answer).path("id").asText();
        UsageEvent event = bed.usage(id);
        long held = TestBed.read(bed.kafka(), bed.settings.topics().attempts()).stream()
                .filter(AttemptEnded.class::isInstance)
                .map(AttemptEnded.class::cast)
                .filter(ended -> ended.getRequestId().equals(id)).findFirst().orElseThrow().getHold().getNanoUsd();
        assertThat(held).isGreaterThanOrEqualTo(2_000 * 50 + 2 * event.getCostNanoUsd() / 3);
    }

    @Test
    void aTenantIsToldOfItsLimitAndMayUseItsModelsOnly() throws Exception {
        assertThat(json(bed.get("/models", "sk-small")).findValuesAsText("id")).containsExactly("smart");
        assertThat(bed.send("/chat/completions", "sk-small", body("alpha-small", ""), Map.of()).statusCode())
                .isEqualTo(404);
        HttpResponse<String> answer = null;
        for (int left = 2; left >= 0; left--) {
            answer = bed.send("/chat/completions", "sk-small", body("smart", ""), Map.of());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(header(answer, "x-ratelimit-remaining-requests")).isEqualTo(Integer.toString(left));
        }
        HttpResponse<String> refused = bed.send("/chat/completions", "sk-small", body("smart", ""), Map.of());
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("rate_limit_exceeded", "requests per min (RPM): Limit 3, Used 3");
        assertThat(Integer.parseInt(header(refused, "retry-after"))).isBetween(1, 20);
        assertThat(header(refused, "x-ratelimit-limit-requests")).isEqualTo("3");
    }

    @Test
    void twoIngressesKeepALimitTogether() throws Exception {
        Ingress other = bed.anotherIngress();
        try {
            long start = System.nanoTime();
            String there = "http://127.0.0.1:" + other.port() + "/v1/chat/completions";
            int answered = 0;
            for (int i = 0; i < 20; i++) {
                assertThat(bed.send("/chat/completions", "sk-pair", body("smart", ""), Map.of()).statusCode())
                        .isEqualTo(200);
                answered++;
            }
            int asked = 0;
            int left = 30;
            while (left > 12 && asked++ < 10) { // alone it would have 20 left by then
                HttpResponse<String> answer = bed.http.send(pair(there), BodyHandlers.ofString());
                answered += answer.statusCode() == 200 ? 1 : 0;
                left = Integer.parseInt(header(answer, "x-ratelimit-remaining-requests"));
                Thread.sleep(250);
            }
            assertThat(left).as("what the other ingress let in is known here").isLessThanOrEqualTo(12);
            for (int i = 0; i < 20; i++) {
                answered += bed.http.send(pair(there), BodyHandlers.ofString()).statusCode() == 200 ? 1 : 0;
            }
            long filled = (System.nanoTime() - start) / 2_000_000_000L + 1;
            assertThat(answered).isBetween(30, (int) (30 + filled));
        } finally {
            other.close(Duration.ofSeconds(1)).await();
        }
    }

    private static HttpRequest pair(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(1))
                .header("authorization", "Bearer sk-pair").header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body("smart", ""))).build();
    }

    @Test
    void whoWaitsIsToldItsPlaceWithTheFirstKeepAlive() throws Exception {
        bed.alpha.delayMs = 2_500;
        var before = List.of(stream("narrow-small"), stream("narrow-small"));
        await().atMost(Duration.ofSeconds(5))
                .until(() -> bed.explain("narrow-small").at("/candidates/0/figures/waiting").asInt() > 0);
        HttpResponse<Stream<String>> answer = bed.http.send(bed.request("/chat/completions", TestBed.KEY,
                body("narrow-small", ",\"stream\":true"), Map.of()), BodyHandlers.ofLines());
        try (var lines = answer.body()) {
            assertThat(answer.headers().firstValue("x-penstock-queue-position").map(Integer::valueOf).orElse(0))
                    .isGreaterThan(1);
            assertThat(lines.findFirst()).hasValueSatisfying(
                    line -> assertThat(line).matches(": queued, about \\d+ waiting"));
        }
        assertThat(before.stream().map(CompletableFuture::join)).allMatch(one -> one.statusCode() == 200);
    }

    private CompletableFuture<HttpResponse<String>> stream(String model) {
        return bed.http.sendAsync(
                bed.request("/chat/completions", TestBed.KEY, body(model, ",\"stream\":true"), Map.of()),
                BodyHandlers.ofString());
    }

    @Test
    void aCallerSetsItsOwnDeadline() throws Exception {
        bed.alpha.delayMs = 4_000;
        long start = System.nanoTime();
        HttpResponse<String> late = bed.send("/chat/completions", TestBed.KEY, body("alpha-small", ""),
                Map.of("x-penstock-deadline-ms", "500"));
        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(System.nanoTime() - start).isLessThan(3_500_000_000L);
        assertThat(
                bed.send("/chat/completions", TestBed.KEY, body("smart", ""), Map.of("x-penstock-deadline-ms", "soon"))
                        .body())
                .contains("x-penstock-deadline-ms");
    }
}
