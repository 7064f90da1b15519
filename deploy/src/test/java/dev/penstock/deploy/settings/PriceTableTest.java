package dev.penstock.deploy.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.TokenClass;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PriceTableTest {
    @Test
    void dollarsATokenBecomeNanoDollarsForAMillionToTheLastDigit() throws IOException {
        assertThat(row("\"input_cost_per_token\": 2.8e-09, \"output_cost_per_token\": 0.00000123456789").price())
                .isEqualTo(new Price(2_800_000, 1_234_567_890, null, null));
        assertThat(row("\"input_cost_per_token\": 1e-16, \"output_cost_per_token\": 1E-6").price())
                .as("what is finer is rounded up").isEqualTo(new Price(1, 1_000_000_000, null, null));
    }

    @Test
    void everyClassOfTokensIsRead() throws IOException {
        Price price = row("""
                "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "cache_read_input_token_cost": 1e-7,
                "cache_creation_input_token_cost": 1.25e-6, "cache_creation_input_token_cost_above_1hr": 3e-6,
                "input_cost_per_audio_token": 4e-6, "output_cost_per_audio_token": 5e-6,
                "output_cost_per_reasoning_token": 6e-6""").price();

        assertThat(price.rates().known()).isEqualTo(Map.of(TokenClass.INPUT, usd("1"), TokenClass.OUTPUT, usd("2"),
                TokenClass.CACHE_READ, usd("0.1"), TokenClass.CACHE_WRITE, usd("1.25"), TokenClass.CACHE_WRITE_1H,
                usd("3"), TokenClass.AUDIO_INPUT, usd("4"), TokenClass.AUDIO_OUTPUT, usd("5"), TokenClass.REASONING,
                usd("6")));
        assertThat(price.above()).isEmpty();
        assertThat(price.serviceTiers()).isEmpty();
    }

    @Test
    void stepsAndTiersAreReadWhateverTheirNumber() throws IOException {
        Price price = row("""
                "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6,
                "input_cost_per_token_above_128k_tokens": 2e-6, "output_cost_per_token_above_128k_tokens": 4e-6,
                "input_cost_per_token_above_272k_tokens": 3e-6,
                "cache_creation_input_token_cost_above_1hr_above_272k_tokens": 9e-6,
                "input_cost_per_token_flex": 5e-7, "output_cost_per_token_flex": 1e-6,
                "input_cost_per_token_batches": 4e-7,
                "input_cost_per_token_priority": 2e-6, "output_cost_per_token_priority": 3e-6,
                "output_cost_per_token_above_272k_tokens_priority": 8e-6""").price();

        assertThat(price.above()).containsOnlyKeys(128_000, 272_000);
        assertThat(price.above().get(128_000).of(TokenClass.OUTPUT)).isEqualTo(usd("4"));
        assertThat(price.above().get(272_000).known()).isEqualTo(Map.of(TokenClass.INPUT, usd("3"),
                TokenClass.OUTPUT, usd("2"), TokenClass.CACHE_WRITE_1H, usd("9")));
        assertThat(price.serviceTiers()).containsOnlyKeys("batch", "flex", "priority");
        assertThat(price.serviceTiers().get("batch").rates()).as("what it does not say costs as usual")
                .isEqualTo(new Price(usd("0.4"), usd("2"), null, null).rates());
        assertThat(price.serviceTiers().get("priority").above().get(272_000).of(TokenClass.OUTPUT))
                .isEqualTo(usd("8"));
        assertThat(price.serviceTiers().get("flex").above().get(272_000).of(TokenClass.INPUT)).isEqualTo(usd("3"));
    }

    @Test
    void whatIsMissingMalformedOrNotCountedIsToldAndNeverZero() throws IOException {
        assertUnpriced("\"output_cost_per_token\": 1e-6", "no price of input tokens");
        assertUnpriced("\"input_cost_per_token\": 1e-6", "no price of output tokens");
        assertUnpriced("\"input_cost_per_token\": \"1e-6\", \"output_cost_per_token\": 1e-6",
                "input_cost_per_token must");
        assertUnpriced("\"input_cost_per_token\": -1e-6, \"output_cost_per_token\": 1e-6", "input_cost_per_token must");
        assertUnpriced("\"input_cost_per_token\": 2.5, \"output_cost_per_token\": 1e-6", "input_cost_per_token must");
        assertUnpriced("\"input_cost_per_token\": 1e-999999999, \"output_cost_per_token\": 1",
                "input_cost_per_token must");
        assertUnpriced(plain(", \"cache_read_input_token_cost\": {}"), "cache_read_input_token_cost must");
        assertUnpriced(plain(", \"input_cost_per_token_above_200k_tokens\": true"), "above_200k_tokens must");
        assertUnpriced(plain(", \"output_cost_per_image_token\": 3e-5"), "not counted apart");
        assertUnpriced(plain(", \"input_cost_per_request\": 0.005"), "not by tokens");
        assertUnpriced(plain(", \"tiered_pricing\": [{\"range\": [0, 1000]}]"), "not by tokens");
        assertUnpriced(plain(", \"mode\": \"embedding\""), "mode is embedding");
        assertThat(row(plain(", \"output_cost_per_image_token\": 1e-6, \"input_cost_per_request\": 0")).price())
                .isEqualTo(new Price(usd("1"), usd("1"), null, null));
    }

    @Test
    void nothingIsFreeButWhatIsFreeAltogether() throws IOException {
        assertThat(row("\"input_cost_per_token\": 0, \"output_cost_per_token\": 0.0").price())
                .isEqualTo(new Price(0, 0, null, null));
        assertThat(row(plain(", \"cache_creation_input_token_cost\": 0.0")).price())
                .as("a write that is not billed apart").isEqualTo(new Price(usd("1"), usd("1"), null, null));
    }

    @Test
    void aLimitThatTheStepsContradictIsNone() throws IOException {
        String steps = plain(", \"input_cost_per_token_above_200k_tokens\": 2e-6, \"max_output_tokens\": 64000");

        assertThat(row(steps + ", \"max_input_tokens\": 200000").limits()).isEqualTo(new Limits(null, 64_000, null));
        assertThat(row(steps + ", \"max_input_tokens\": 1000000").limits())
                .isEqualTo(new Limits(1_000_000, 64_000, null));
        assertThat(row(plain(", \"max_input_tokens\": \"many\", \"max_output_tokens\": 0")).limits())
                .isEqualTo(Limits.UNKNOWN);
    }

    @Test
    void aModelIsFoundWithItsProviderInFrontAndElseByItself() throws IOException {
        PriceTable table = PriceTable.of("""
                {"sample_spec": {"litellm_provider": "one of"},
                 "xai/grok": {"litellm_provider": "xai", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
                 "grok": {"litellm_provider": "xai", "input_cost_per_token": 2e-6, "output_cost_per_token": 2e-6},
                 "gpt": {"litellm_provider": "openai", "input_cost_per_token": 3e-6, "output_cost_per_token": 3e-6}}
                """.getBytes(StandardCharsets.UTF_8));

        assertThat(table.find("xai", "grok").key()).isEqualTo("xai/grok");
        assertThat(table.find("openai", "gpt").key()).isEqualTo("gpt");
        assertThat(table.find("azure", "gpt")).as("the same name elsewhere").isNull();
        assertThat(table.find("openai", "none")).isNull();
        assertThatThrownBy(() -> PriceTable.of("{\"m\": {\"input\": 1}}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> PriceTable.of("404".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class);
    }

    /** Each number of the real table comes out as it is written there, or the row is passed over. */
    @Test
    void theSharedTableIsReadWhole() throws IOException {
        Path source = Path.of(System.getenv().getOrDefault("PENSTOCK_DATA", "../../shared/data"))
                .resolve("model_prices_and_context_window.json");
        assumeTrue(Files.exists(source), "skipped: there is no price table at " + source);
        PriceTable table = PriceTable.of(Files.readAllBytes(source));
        var passedOver = new TreeMap<String, Set<String>>();
        int priced = 0;
        for (Map.Entry<String, JsonNode> row : new ObjectMapper().readTree(source.toFile()).properties()) {
            PriceTable.Entry entry = table.find(row.getValue().path("litellm_provider").asText(), row.getKey());
            Price price = entry.price();
            if (price == null) {
                entry.problems().forEach(problem -> passedOver
                        .computeIfAbsent(problem, _ -> new TreeSet<>()).add(row.getKey()));
                continue;
            }
            priced++;
            assertThat(price.rates().of(TokenClass.INPUT)).isEqualTo(nano(row.getValue(), "input_cost_per_token"));
            assertThat(price.rates().of(TokenClass.OUTPUT)).isEqualTo(nano(row.getValue(), "output_cost_per_token"));
            for (int tokens : new int[]{200, 272}) {
                String step = "_above_" + tokens + "k_tokens";
                assertThat(price.above().containsKey(tokens * 1_000)).as(row.getKey())
                        .isEqualTo(row.getValue().has("input_cost_per_token" + step));
            }
        }
        System.out.println(priced + " of the rows have a price; the others:");
        passedOver.forEach((problem, keys) -> System.out.println("  " + problem + ": " + keys));
        assertThat(priced).isGreaterThan(150);
    }

    private static long nano(JsonNode row, String field) {
        return new BigDecimal(row.path(field).asText()).movePointRight(15).longValueExact();
    }

    private static void assertUnpriced(String fields, String problem) throws IOException {
        PriceTable.Entry entry = row(fields);
        assertThat(entry.price()).isNull();
        assertThat(entry.problems()).anySatisfy(told -> assertThat(told).contains(problem));
    }

    private static String plain(String more) {
        return "\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 1e-6" + more;
    }

    private static PriceTable.Entry row(String fields) throws IOException {
        return PriceTable.of(("{\"m\": {\"litellm_provider\": \"acme\", " + fields + "}}")
                .getBytes(StandardCharsets.UTF_8)).find("acme", "m");
    }

    private static long usd(String dollars) {
        return new BigDecimal(dollars).movePointRight(9).longValueExact();
    }
}
