package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.settings.SettingsReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caps that are set, unset and edited while the system runs. */
class CapsAtRunTimeTest {
    private static final String CAPS = "/admin/caps/default";
    private static final String BODY = "{\"model\":\"sim-small\",\"max_tokens\":10,\"messages\":[{\"role\":\"user\","
            + "\"content\":\"[[sim tokens=5 ttft=0 itl=0]] Hello\"}]}";
    private static final Duration SOON = Duration.ofSeconds(2);

    @Test
    void anAdministratorSetsAndUnsetsCaps(@TempDir Path folder) throws Exception {
        try (var bed = new TestBed(folder)) {
            assertThat(bed.post(BODY).statusCode()).isEqualTo(200);
            assertThat(admin(bed, "PUT", CAPS, "{\"daily\":\"0.000001\"}").statusCode()).isEqualTo(200);
            await().atMost(SOON).until(() -> bed.post(BODY).statusCode() == 429);

            long reached = bed.simulated("requests");
            HttpResponse<String> refused = bed.post(BODY);
            JsonNode error = ApiClient.parse(refused.body()).path("error");
            assertThat(error.path("code").asText()).isEqualTo("insufficient_quota");
            assertThat(error.path("message").asText()).contains("the cap is $0.000001", "is spent", "may cost up to $",
                    "ait until ");
            JsonNode shown = ApiClient.parse(admin(bed, "GET", CAPS, "").body());
            assertThat(shown.path("daily").asText()).isEqualTo("0.000001");
            assertThat(shown.path("source").asText()).isEqualTo("admin");

            assertThat(admin(bed, "DELETE", CAPS, "").statusCode()).isEqualTo(204);
            await().atMost(SOON).until(() -> bed.post(BODY).statusCode() == 200);
            assertThat(bed.simulated("requests")).as("a refused request reaches no provider").isEqualTo(reached + 1);

            assertThat(admin(bed, "PUT", CAPS + "/keys/default", "{\"monthly\":0}").statusCode()).isEqualTo(200);
            await().atMost(SOON)
                    .until(() -> bed.post(BODY).body().contains("monthly budget of account 'default/default'"));
        }
    }

    @Test
    void whatIsWrongIsNamed(@TempDir Path folder) throws Exception {
        try (var bed = new TestBed(folder)) {
            assertThat(param(bed, "{\"daily\":-1}")).isEqualTo("400 daily");
            assertThat(param(bed, "{\"weekly\":\"0.0000000001\"}")).isEqualTo("400 weekly");
            assertThat(param(bed, "{\"monthly\":1e999999999}")).isEqualTo("400 monthly");
            assertThat(param(bed, "{\"daily\":1,\"mode\":\"firm\"}")).isEqualTo("400 mode");
            assertThat(param(bed, "{\"daily\":1,\"alerts\":[0]}")).isEqualTo("400 alerts");
            assertThat(param(bed, "{\"hourly\":1}")).isEqualTo("400 hourly");
            assertThat(param(bed, "{}")).isEqualTo("400 daily");
            assertThat(param(bed, "{\"daily\":1} x")).isEqualTo("400 null");
            assertThat(admin(bed, "GET", "/admin/caps/nobody", "").statusCode()).isEqualTo(404);
            assertThat(send(bed, "GET", CAPS, "", TestBed.KEY).statusCode()).isEqualTo(403);
            assertThat(send(bed, "PUT", CAPS, "{\"daily\":1}", "sk-other").statusCode()).isEqualTo(401);
            assertThat(ApiClient.parse(admin(bed, "GET", CAPS, "").body()).path("daily").isNull()).isTrue();
        }
    }

    @Test
    void theFileIsTakenUpWhenItChanges(@TempDir Path folder) throws Exception {
        try (var bed = new TestBed(folder)) {
            Path file = folder.resolve("test.yaml");
            String before = Files.readString(file);
            CapsWatch.start(file, () -> SettingsReader.caps(file, Map.of("PENSTOCK_API_KEY", TestBed.KEY),
                    bed.simulatorUrl()), bed::configure);
            Files.writeString(file, before + "tenants: {default: {cap: {daily: 0 USD}}}\n");
            await().atMost(SOON).until(() -> bed.post(BODY).statusCode() == 429);

            Files.writeString(file, before + "tenants: {default: {cap: {daily: much}}}\n");
            await().during(Duration.ofSeconds(1)).atMost(SOON).until(() -> bed.post(BODY).statusCode() == 429);
            admin(bed, "PUT", CAPS, "{\"daily\":1}");
            await().atMost(SOON).until(() -> bed.post(BODY).statusCode() == 200);
            admin(bed, "DELETE", CAPS, "");
            await().atMost(SOON).until(() -> bed.post(BODY).statusCode() == 429);

            Files.writeString(file, before);
            await().atMost(SOON).until(() -> bed.post(BODY).statusCode() == 200);
        }
    }

    private static String param(TestBed bed, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = admin(bed, "PUT", CAPS, body);
        return response.statusCode() + " " + ApiClient.parse(response.body()).at("/error/param").asText();
    }

    private static HttpResponse<String> admin(TestBed bed, String method, String path, String body)
            throws IOException, InterruptedException {
        return send(bed, method, path, body, TestBed.ADMIN_KEY);
    }

    private static HttpResponse<String> send(TestBed bed, String method, String path, String body, String key)
            throws IOException, InterruptedException {
        return bed.http.send(HttpRequest.newBuilder(URI.create(bed.url() + path)).header("authorization",
                "Bearer " + key).method(method, BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }
}
