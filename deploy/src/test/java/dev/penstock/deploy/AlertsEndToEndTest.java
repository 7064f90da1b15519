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
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An account nears its cap on the running system: its callers see it coming, and so does a webhook. */
class AlertsEndToEndTest {
    private static final BigDecimal CAP = new BigDecimal("0.0005");

    private static WebhookReceiver receiver;
    private static TestBed bed;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        receiver = new WebhookReceiver();
        bed = new TestBed(folder, """
                tenants: {default: {cap: {daily: %s USD, monthly: 1 USD}}}
                webhooks: {ops: {url: "%s", secret: "%s"}}
                """.formatted(CAP, receiver.url(), WebhookReceiver.SECRET));
    }

    @AfterAll
    static void stop() {
        bed.close();
        receiver.close();
    }

    @Test
    void headersTellOfTheBudgetAndAWebhookOfItsThresholds() throws Exception {
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

        await().atMost(Duration.ofSeconds(30)).until(
                () -> receiver.received.stream().map(Received::type).anyMatch("alert.cap_refusal"::equals));
        List<Alert> alerts = bed.read(bed.settings.topics().alerts());
        await().atMost(Duration.ofSeconds(30)).until(() -> receiver.received.size() >= alerts.size());
        assertThat(receiver.received).allMatch(Received::genuine);
        assertThat(receiver.ids()).doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(alerts.stream().map(Alert::getId).toList());
        var percentages = new TreeSet<Integer>();
        receiver.received.forEach(received -> {
            JsonNode data = ApiClient.parse(received.body()).path("data");
            assertThat(data.path("account").asText()).isEqualTo("default");
            assertThat(data.path("period").asText()).isEqualTo("day");
            if (received.type().equals("alert.cap_threshold")) {
                percentages.add(data.path("percent").asInt());
            }
        });
        assertThat(percentages).contains(50, 80);
        assertThat(run("alerts").lines()).hasSize(alerts.size())
                .anyMatch(line -> line.contains("80% of the cap of the day is reached: $0.0004"));
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(run("alerts", "--deliveries").lines())
                .hasSize(alerts.size())
                .allMatch(line -> line.contains("attempt 1: 200") && line.endsWith("delivered")));
    }

    private static String run(String... command) {
        var line = new ArrayList<>(List.of(command));
        line.addAll(List.of("--kafka", bed.kafka));
        return FakePenstock.run(new Caller(Map.of(), InputStream.nullInputStream(), false),
                line.toArray(String[]::new)).out();
    }

    private static HttpResponse<String> ask(boolean stream) throws IOException, InterruptedException {
        return bed.post("{\"model\":\"sim-small\",\"max_tokens\":20,\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[sim tokens=20 ttft=0 itl=0]] Hello\"}]}");
    }

    private static Optional<BigDecimal> dollars(HttpResponse<?> response, String header) {
        return response.headers().firstValue(header).map(BigDecimal::new);
    }
}
