package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.WebhookReceiver.Received;
import dev.penstock.schemas.event.Alert;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An account nears its cap on the running system: its callers see it coming, and so does a webhook. */
class AlertsEndToEndTest {
    private static final BigDecimal CAP = new BigDecimal("0.0005");

    @TempDir
    Path folder;

    private WebhookReceiver receiver;
    private TestBed bed;

    @BeforeEach
    void start() throws Exception {
        receiver = new WebhookReceiver();
        bed = bed();
    }

    @AfterEach
    void stop() {
        bed.close();
        receiver.close();
    }

    @Test
    void headersTellOfTheBudgetAndAWebhookOfItsThresholdsOnce() throws Exception {
        HttpResponse<String> first = ask(false);
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(dollars(first, "x-penstock-cost-usd"))
                .hasValue(ApiClient.parse(first.body()).at("/usage/cost").decimalValue().stripTrailingZeros());
        BigDecimal hold = dollars(first, "x-penstock-hold-usd").orElseThrow();
        assertThat(hold).isPositive();
        assertThat(dollars(first, "x-penstock-budget-remaining-usd").orElseThrow()).isPositive()
                .isLessThanOrEqualTo(CAP.subtract(hold));

        HttpResponse<String> answer = ask(true);
        assertThat(answer.headers().firstValue("x-penstock-hold-usd")).isPresent();
        assertThat(answer.headers().firstValue("x-penstock-cost-usd")).isEmpty();
        while (answer.statusCode() == 200) {
            answer = ask(true);
        }
        assertThat(answer.statusCode()).isEqualTo(429);

        for (String told : List.of("alert.cap_refusal", "\"percent\":50", "\"percent\":80")) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> receiver.received.stream().anyMatch(one -> one.body().contains(told)));
        }
        List<Alert> alerts = bed.read(bed.settings.topics().alerts());
        await().atMost(Duration.ofSeconds(30)).until(() -> receiver.received.size() >= alerts.size());
        assertThat(receiver.received).allMatch(Received::genuine);
        assertThat(receiver.ids()).doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(alerts.stream().map(Alert::getId).toList());
        assertThat(receiver.received).allSatisfy(received -> {
            JsonNode data = ApiClient.parse(received.body()).path("data");
            assertThat(data.path("account").asText()).isEqualTo("default");
            assertThat(data.path("period").asText()).isEqualTo("day");
        });
        assertThat(run("alerts").lines()).hasSize(alerts.size())
                .anyMatch(line -> line.contains("80% of the cap of the day is reached: $0.0004"));
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(run("alerts", "--deliveries").lines())
                .hasSize(alerts.size())
                .allMatch(line -> line.contains("attempt 1: 200") && line.endsWith("delivered")));

        bed.close();
        bed = bed(); // the same folder
        await().atMost(Duration.ofSeconds(60)).until(() -> ask(true).statusCode() == 429);
        ask(true);
        assertThat(bed.read(bed.settings.topics().alerts())).isEqualTo(alerts);
        assertThat(receiver.received).hasSize(alerts.size());
    }

    private TestBed bed() throws IOException, InterruptedException {
        return new TestBed(folder, """
                tenants: {default: {cap: {daily: %s USD, monthly: 1 USD}}}
                webhooks: {ops: {url: "%s", secret: "%s"}}
                """.formatted(CAP, receiver.url(), WebhookReceiver.SECRET));
    }

    private String run(String... command) {
        var line = new ArrayList<>(List.of(command));
        line.addAll(List.of("--kafka", bed.kafka));
        return FakePenstock.run(new Caller(Map.of(), InputStream.nullInputStream(), false),
                line.toArray(String[]::new)).out();
    }

    private HttpResponse<String> ask(boolean stream) throws IOException, InterruptedException {
        return bed.post("{\"model\":\"sim-small\",\"max_tokens\":20,\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim tokens=20 ttft=0 itl=0]] Hello\"}]}");
    }

    private static Optional<BigDecimal> dollars(HttpResponse<?> response, String header) {
        return response.headers().firstValue(header).map(BigDecimal::new);
    }
}
