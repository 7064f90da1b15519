package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.admin.organization.usage.UsageCompletionsParams;
import com.openai.models.admin.organization.usage.UsageCostsParams;
import dev.penstock.schemas.SchemaCatalog;
import dev.penstock.schemas.event.UsageEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the running system tells of usage: reports, streams, OpenAI's own shapes, the schemas. */
class UsageReportsTest {
    private static final String PAST = "[[sim tokens=5 ttft=0 itl=0]] Hello";

    private static TestBed bed;
    private static OpenAIClient admin;
    private static List<String> spent;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        bed = new TestBed(folder);
        admin = OpenAIOkHttpClient.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).adminApiKey(TestBed.KEY).build();
        for (int i = 0; i < 3; i++) {
            assertThat(bed.post(EndToEndTest.body(PAST, i == 0)).statusCode()).isEqualTo(200);
        }
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(json("/usage").path("attempts").asInt()).isEqualTo(3));
        spent = bed.read(bed.settings.topics().usage()).stream().map(UsageEvent::getAttemptId).toList();
    }

    @AfterAll
    static void stop() {
        admin.close();
        bed.close();
    }

    @Test
    void aReportSumsUpWhatWasSpent() throws Exception {
        long cost = bed.read(bed.settings.topics().usage()).stream()
                .filter(event -> event.getModel().equals("sim-small")).mapToLong(UsageEvent::getCostNanoUsd).sum();
        JsonNode usage = json("/usage?group_by=model,provider");

        assertThat(cost).isPositive();
        assertThat(usage.path("complete").asBoolean()).isTrue();
        assertThat(usage.path("data")).anySatisfy(row -> {
            assertThat(row.path("model").asText()).isEqualTo("sim-small");
            assertThat(row.path("provider").asText()).isEqualTo("simulator");
            assertThat(row.path("output_tokens").asLong()).isEqualTo(15);
            assertThat(row.path("cost_nano_usd").asLong()).isEqualTo(cost);
        });
        assertThat(json("/usage?start_date=2020-01-01&end_date=2020-02-01").path("attempts").asInt()).isZero();
    }

    @Test
    void aReportIsCsvForThoseWhoAcceptThat() throws Exception {
        var request = request("/usage?group_by=key,model").header("accept", "text/csv").build();
        HttpResponse<String> response = bed.http.send(request, BodyHandlers.ofString());

        assertThat(response.headers().firstValue("content-type")).hasValueSatisfying(
                type -> assertThat(type).startsWith("text/csv"));
        assertThat(response.body().split("\r\n"))
                .anySatisfy(line -> assertThat(line).startsWith("default,sim-small,3,"))
                .satisfies(lines -> assertThat(lines[0]).startsWith("key,model,attempts,input_tokens,"));
    }

    @Test
    void badParametersAreRefused() throws Exception {
        for (String query : List.of("group_by=colour", "start_date=tomorrow",
                "start_date=2026-02-01&end_date=2026-01-01")) {
            HttpResponse<String> response = get(bed.url() + "/usage?" + query);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(ApiClient.parse(response.body()).at("/error/param").asText()).isEqualTo(query.split("=")[0]);
        }
    }

    @Test
    void aStreamGoesOnAfterTheLastEventSeen() throws Exception {
        List<String> ids = new ArrayList<>();
        List<String> attempts = new ArrayList<>();
        read("0-0", 2, ids, attempts); // the topic's partition of the tenant is found by its own first event
        assertThat(attempts).isSubsetOf(spent);
        List<String> resumed = new ArrayList<>();
        read(ids.getFirst(), 1, new ArrayList<>(), resumed);

        assertThat(resumed).containsExactly(attempts.get(1));
    }

    @Test
    void aStreamBeginsNowUnlessTold() throws Exception {
        var request = request("/usage/stream").build();
        HttpResponse<Stream<String>> response = bed.http.send(request, BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            var iterator = lines.iterator();
            assertThat(iterator.next()).isEqualTo(": from now on");
            int before = json("/usage").path("attempts").asInt();
            bed.post(EndToEndTest.body(PAST, false).replace("sim-small", "sim-large"));
            String data = iterator.next();
            while (!data.startsWith("data:")) {
                data = iterator.next();
            }
            assertThat(ApiClient.parse(data.substring(5)).path("model").asText()).isEqualTo("sim-large");
            assertThat(spent).doesNotContain(ApiClient.parse(data.substring(5)).path("id").asText());
            assertThat(before).isPositive();
        }
        assertThat(bed.http.send(request("/usage/stream").header("last-event-id", "x").build(), BodyHandlers.ofString())
                .statusCode()).isEqualTo(400);
    }

    @Test
    void openAisOwnClientReadsCompletionsUsage() {
        long start = Instant.now().minus(Duration.ofDays(8)).getEpochSecond();
        var first = admin.admin().organization().usage().completions(UsageCompletionsParams.builder().startTime(start)
                .addGroupBy(UsageCompletionsParams.GroupBy.MODEL).addGroupBy(UsageCompletionsParams.GroupBy.API_KEY_ID)
                .addModel("sim-small").build()).validate();
        assertThat(first.data()).hasSize(7).allSatisfy(bucket -> assertThat(bucket.results()).isEmpty());
        assertThat(first.hasMore()).isTrue();

        var second = admin.admin().organization().usage().completions(UsageCompletionsParams.builder().startTime(start)
                .addGroupBy(UsageCompletionsParams.GroupBy.MODEL).addGroupBy(UsageCompletionsParams.GroupBy.API_KEY_ID)
                .addModel("sim-small").page(first.nextPage().orElseThrow()).build()).validate();
        assertThat(second.hasMore()).isFalse();
        var today = second.data().getLast();
        assertThat(today.startTime())
                .isEqualTo(LocalDate.now(ZoneOffset.UTC).atStartOfDay(ZoneOffset.UTC).toEpochSecond());
        var result = today.results().getFirst().asOrganizationUsageCompletions();
        assertThat(result.numModelRequests()).isEqualTo(3);
        assertThat(result.outputTokens()).isEqualTo(15);
        assertThat(result.model()).contains("sim-small");
        assertThat(result.apiKeyId()).contains("default");
        assertThat(result.projectId()).isEmpty();
    }

    @Test
    void openAisOwnClientReadsCosts() throws Exception {
        var costs = admin.admin().organization().usage().costs(UsageCostsParams.builder()
                .startTime(Instant.now().getEpochSecond()).addGroupBy(UsageCostsParams.GroupBy.LINE_ITEM).build())
                .validate();
        var small = costs.data().getLast().results().stream().map(each -> each.asOrganizationCosts())
                .filter(each -> each.lineItem().equals(Optional.of("sim-small"))).findFirst().orElseThrow();

        JsonNode row = json("/usage?group_by=model").path("data");
        long nano = Stream.of(row.get(0), row.get(row.size() - 1))
                .filter(each -> each.path("model").asText().equals("sim-small")).findFirst().orElseThrow()
                .path("cost_nano_usd").asLong();
        assertThat(small.amount().orElseThrow().value().orElseThrow()).isEqualTo(nano / 1e9);
        assertThat(small.amount().orElseThrow().currency()).contains("usd");
    }

    @Test
    void schemasAreServedAsARegistryDoes() throws Exception {
        String root = bed.url().replaceAll("/v1$", "");
        HttpResponse<String> byId = get(root + "/schemas/ids/4");
        assertThat(byId.headers().firstValue("content-type")).contains("application/vnd.schemaregistry.v1+json");
        var schema = new Schema.Parser().parse(ApiClient.parse(byId.body()).path("schema").asText());
        assertThat(schema).isEqualTo(SchemaCatalog.byId(4));

        assertThat(get(root + "/subjects").body()).contains("\"penstock.usage-value\"");
        assertThat(get(root + "/subjects/penstock.usage-value/versions").body()).isEqualTo("[1]");
        JsonNode latest = ApiClient.parse(get(root + "/subjects/penstock.usage-value/versions/latest").body());
        assertThat(latest.path("id").asInt()).isEqualTo(4);
        assertThat(latest.path("version").asInt()).isEqualTo(1);
        assertThat(latest.path("subject").asText()).isEqualTo("penstock.usage-value");
        assertThat(code(root + "/subjects/none/versions")).isEqualTo("404 40401");
        assertThat(code(root + "/subjects/penstock.usage-value/versions/2")).isEqualTo("404 40402");
        assertThat(code(root + "/subjects/penstock.usage-value/versions/x")).isEqualTo("422 42202");
        assertThat(code(root + "/schemas/ids/99")).isEqualTo("404 40403");
    }

    private static void read(String after, int count, List<String> ids, List<String> attempts) throws Exception {
        for (int partition = 0; partition < 4 && attempts.size() < count; partition++) {
            String from = after.equals("0-0") ? partition + "-0" : after;
            HttpResponse<Stream<String>> response = bed.http
                    .send(request("/usage/stream").header("last-event-id", from).build(), BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                var iterator = lines.iterator();
                String line = iterator.next();
                while (attempts.size() < count && !line.equals(": keep-alive")) {
                    if (line.startsWith("id: ")) {
                        ids.add(line.substring(4));
                    } else if (line.startsWith("data: ")) {
                        attempts.add(ApiClient.parse(line.substring(6)).path("id").asText());
                    }
                    line = iterator.next();
                }
            }
        }
    }

    private static String code(String url) throws IOException, InterruptedException {
        HttpResponse<String> response = get(url);
        return response.statusCode() + " " + ApiClient.parse(response.body()).path("error_code").asText();
    }

    private static JsonNode json(String path) throws IOException, InterruptedException {
        return ApiClient.parse(get(bed.url() + path).body());
    }

    private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
        return bed.http.send(HttpRequest.newBuilder(URI.create(url)).header("authorization", "Bearer " + TestBed.KEY)
                .build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(bed.url() + path)).header("authorization", "Bearer " + TestBed.KEY);
    }
}
