package dev.penstock.deploy.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceImportTest {
    private static final String TABLE = """
            {"gpt-5": {"litellm_provider": "openai", "input_cost_per_token": 7e-6, "output_cost_per_token": 8e-6,
                       "max_input_tokens": 1000, "max_output_tokens": 2000},
             "gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": "dear", "output_cost_per_token": 8e-6},
             "new": {"litellm_provider": "openai", "input_cost_per_token": 9e-6, "output_cost_per_token": 9e-6}}
            """;
    private static final String MODELS = """
            models:
              mine: {provider: openai, model: gpt-5, price: {input: 1, output: 2}, maxInputTokens: 5}
              added: {provider: openai, model: new}
            """;
    private static final Map<String, String> ENVIRONMENT = Map.of("OPENAI_API_KEY", "k");

    @TempDir
    Path folder;

    @Test
    void theTableLiesBetweenTheDefaultsAndTheFile() throws IOException {
        Settings settings = read(Files.writeString(folder.resolve("table.json"), TABLE).toString());

        Model shipped = model(settings, "gpt-5");
        assertThat(shipped.price()).isEqualTo(usd(7, 8));
        assertThat(shipped.limits()).isEqualTo(new Limits(1_000, 2_000, null));
        assertThat(model(settings, "mine").price()).isEqualTo(usd(1, 2));
        assertThat(model(settings, "mine").limits()).isEqualTo(new Limits(5, 2_000, null));
        assertThat(model(settings, "added").price()).isEqualTo(usd(9, 9));
        assertThat(model(settings, "gpt-4o").price()).as("a malformed row is passed over")
                .isEqualTo(model(read(null), "gpt-4o").price()).isNotNull();
        assertThat(model(settings, "gpt-4.1").price()).as("a missing row too")
                .isEqualTo(model(read(null), "gpt-4.1").price()).isNotNull();
    }

    @Test
    void theVersionTellsOfTheTable() throws IOException {
        Path table = Files.writeString(folder.resolve("table.json"), TABLE);
        String before = read(table.toString()).catalog().version();

        assertThat(read(table.toString()).catalog().version()).isEqualTo(before);
        assertThat(read(null).catalog().version()).isNotEqualTo(before);
        Files.writeString(table, TABLE.replace("9e-6}", "9.1e-6}"));
        assertThat(read(table.toString()).catalog().version()).isNotEqualTo(before);
    }

    @Test
    void aTableIsFetchedAndWhatFailsIsAProblemOfTheSettings() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean found = exchange.getRequestURI().getPath().equals("/table.json");
            byte[] body = (found ? TABLE : "nothing").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(found || exchange.getRequestURI().getPath().equals("/text") ? 200 : 404,
                    body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            assertThat(model(read(url + "/table.json"), "gpt-5").price()).isEqualTo(usd(7, 8));
            assertProblem(url + "/none", "prices.source: was answered with status 404");
            assertProblem(url + "/text", "prices.source: is no table of prices in LiteLLM's format");
        } finally {
            server.stop(0);
        }
        assertProblem(url + "/table.json", "prices.source: cannot be fetched");
        assertProblem("http://a b/", "prices.source: is no URL");
        assertProblem(folder.resolve("none.json").toString(), "prices.source: cannot be read");
    }

    @Test
    void capsAreReadWithoutALookAtThePrices() throws IOException {
        Path file = Files.writeString(folder.resolve("test.yaml"), """
                prices: {source: /nowhere}
                tenants: {team: {cap: {daily: 1 USD}}}
                """);

        assertThat(SettingsReader.caps(file, Map.of(), null)).containsOnlyKeys("team");
    }

    private void assertProblem(String source, String problem) {
        assertThatThrownBy(() -> read(source)).isInstanceOf(SettingsException.class).hasMessage(problem);
    }

    private Settings read(String source) throws IOException {
        String prices = source == null ? "" : "prices: {source: '" + source + "'}\n";
        return SettingsReader.read(Files.writeString(folder.resolve("test.yaml"), prices + MODELS), ENVIRONMENT, null);
    }

    private static Model model(Settings settings, String name) {
        return settings.catalog().models().get(name);
    }

    private static Price usd(int input, int output) {
        return new Price(input * 1_000_000_000L, output * 1_000_000_000L, null, null);
    }
}
