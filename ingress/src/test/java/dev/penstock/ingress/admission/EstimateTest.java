package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.EncodingType;
import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import dev.penstock.schemas.catalog.ProviderKind;
import dev.penstock.schemas.catalog.Rates;
import dev.penstock.schemas.catalog.TokenClass;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class EstimateTest {
    private static final long A_DOLLAR_A_TOKEN = 1_000_000_000_000_000L;
    private static final long NANO = 1_000_000_000;
    private static final long MILLION = 1_000_000;
    private static final Pattern PROMPT_TOKENS = Pattern.compile("\"prompt_tokens\":\\s*(\\d+)");

    @Test
    void aTokenIsAtLeastAByte() {
        ChatRequest request = Read.valid(Read.with("\"max_tokens\":10,\"n\":3"));

        Bound bound = bounded(request, Limits.UNKNOWN).bound();

        assertThat(bound.input()).isEqualTo((request.body().length + 256) * NANO);
        assertThat(bound.outputTokens()).isEqualTo(30);
    }

    @Test
    void toolsComeWithATextOfTheirOwn() {
        ChatRequest request = Read.valid(
                Read.with("\"max_tokens\":1,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"));

        assertThat(bounded(request, Limits.UNKNOWN).bound().input())
                .isEqualTo((request.body().length + 256 + 1_024) * NANO);
    }

    @Test
    void aSchemaMayBeSentAsATool() {
        ChatRequest request = Read.valid(Read.with("\"max_tokens\":1,\"response_format\":{\"type\":\"json_schema\","
                + "\"json_schema\":{\"name\":\"n\",\"schema\":{}}}"));

        assertThat(bounded(request, Limits.UNKNOWN).bound().input())
                .isEqualTo((request.body().length + 256 + 1_024) * NANO);
    }

    /** Where each choice is a call. */
    @Test
    void aPromptIsPaidForAsOftenAsItIsRead() {
        ChatRequest request = Read.valid(Read.with("\"max_tokens\":10,\"n\":3"));
        var price = new Price(200 * MILLION, 100 * MILLION, null, null);
        Bound once = bound(request, price, Limits.UNKNOWN, Published.of(ProviderKind.OPENAI, "llama"));
        Bound thrice = bound(request, price, Limits.UNKNOWN, Published.of(ProviderKind.ANTHROPIC, "claude"));

        assertThat(thrice.input()).isEqualTo(3 * once.input());
        assertThat(thrice.outputTokens()).isEqualTo(once.outputTokens()).isEqualTo(30);
        assertThat(Estimate.expected(request, model(price, Limits.UNKNOWN),
                Published.of(ProviderKind.ANTHROPIC, "claude"), 10))
                .isEqualTo(3L * (200 * request.prompt().expectedTokens() + 100 * 10));
    }

    @Test
    void aPromptIsNoLongerThanTheModelReads() {
        assertThat(bounded(Read.valid(Read.with("\"max_tokens\":1")), new Limits(100, null, null)).bound().input())
                .isEqualTo(100 * NANO);
    }

    @Test
    void theAnswerIsLimitedByTheRequestElseTheTenantElseTheModel() {
        ChatRequest silent = Read.valid(Read.with(""));

        assertThat(estimate(silent, Limits.UNKNOWN, null)).isEqualTo(new Estimate.Unbounded());
        assertThat(limit(silent, null, 50)).isEqualTo(50);
        assertThat(limit(silent, 70, null)).isEqualTo(70);
        assertThat(limit(silent, 70, 50)).isEqualTo(50);
        assertThat(limit(silent, 30, 50)).isEqualTo(30);
        assertThat(limit(Read.valid(Read.with("\"max_tokens\":90")), 30, 50)).isEqualTo(90);
    }

    @Test
    void theLimitIsWrittenWhereThereIsNone() {
        ChatRequest silent = Read.valid(Read.with("\"seed\":1"));
        ChatRequest said = Read.valid(Read.with("\"max_tokens\":7"));

        assertThat(new String(silent.limitedTo(50).body(), StandardCharsets.UTF_8)).isEqualTo(
                "{\"max_completion_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"seed\":1}");
        assertThat(silent.limitedTo(50).maxOutputTokens()).isEqualTo(50);
        assertThat(said.limitedTo(50)).isSameAs(said);
    }

    @Test
    void anImageCountsForWhatTheModelSaysAndNotForItsBytes() {
        ChatRequest small = image("data:image/png;base64,AAAA");
        ChatRequest large = image("data:image/png;base64," + "A".repeat(100_000));
        ChatRequest bare = Read.valid(Read.message("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
                + "\"image_url\":\"https://example.com/" + "a".repeat(500) + "\"}]}").replace("{\"model",
                        "{\"max_tokens\":1,\"model"));
        var limits = new Limits(null, null, 1_500);

        long cost = bounded(small, limits).bound().input();
        assertThat(cost).isBetween(1_500 * NANO, 2_000 * NANO);
        assertThat(bounded(large, limits).bound().input()).isEqualTo(cost);
        assertThat(bounded(bare, limits).bound().input()).isBetween(1_500 * NANO, 2_000 * NANO);
    }

    @Test
    void whatImagesCountForIsKnownOrTheyCannotBeBounded() {
        ChatRequest image = image("https://example.com/a.png");

        assertThat(estimate(image, Limits.UNKNOWN, null)).isEqualTo(new Estimate.Unforeseeable("messages"));
        assertThat(bounded(image, new Limits(9_000, null, null)).bound().input()).isEqualTo(9_000 * NANO);
    }

    @Test
    void aFileMayHoldText() {
        ChatRequest file = Read.valid(Read.message("{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":"
                + "{\"filename\":\"" + "n".repeat(5_000) + "\",\"file_id\":\"f\"}}]}").replace("{\"model",
                        "{\"max_tokens\":1,\"model"));

        assertThat(bounded(file, new Limits(null, null, 1_000)).bound().input()).isGreaterThan(6_000 * NANO);
    }

    @Test
    void everyTokenIsAsDearAsTheDearestThatMayBeAmongThem() {
        var price = new Price(rates(10, 100, Map.of(TokenClass.CACHE_READ, 1L, TokenClass.CACHE_WRITE, 12L,
                TokenClass.CACHE_WRITE_1H, 20L, TokenClass.AUDIO_INPUT, 50L, TokenClass.AUDIO_OUTPUT, 300L)),
                new TreeMap<>(Map.of(1_000, rates(30, 200, Map.of()))),
                new TreeMap<>(Map.of("priority", new Price(40 * MILLION, 400 * MILLION, null, null))));
        var limits = new Limits(2_000, null, 1);
        String plain = "\"max_tokens\":1,\"service_tier\":\"default\"";
        ChatRequest request = Read.valid(Read.with(plain));
        long tokens = request.body().length + 256;

        assertThat(bound(request, price, limits, Published.NOTHING))
                .isEqualTo(new Bound(tokens * 12, 1, 100 * MILLION));
        assertThat(bound(Read.valid(Read.with("\"max_tokens\":1,\"service_tier\":\"priority\"")), price, limits,
                Published.NOTHING).outputPrice()).isEqualTo(400 * MILLION);
        assertThat(bound(Read.valid(Read.with("\"max_tokens\":1")), price, limits, Published.NOTHING).outputPrice())
                .as("the provider's project decides on the tier").isEqualTo(400 * MILLION);
        assertThat(bound(Read.valid(Read.with(plain + ",\"stop\":\"" + "x".repeat(900) + "\"")), price, limits,
                Published.NOTHING)).extracting(Bound::outputPrice).isEqualTo(200 * MILLION);
        assertThat(bound(Read.valid(Read.with(plain + ",\"modalities\":[\"audio\"]")), price, limits,
                Published.NOTHING).outputPrice()).isEqualTo(300 * MILLION);
        String cached = "{\"role\":\"user\",\"content\":\"hi\",\"cache_control\":{\"type\":\"ephemeral\"}}";
        String heard = "{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":"
                + "{\"data\":\"AAAA\",\"format\":\"wav\"}}]}";
        assertThat(dearestInput(cached, plain, price, limits)).isEqualTo(20);
        assertThat(dearestInput(heard, plain, price, limits)).isEqualTo(50);
    }

    /** What a token of the prompt is held for. */
    private static long dearestInput(String message, String fields, Price price, Limits limits) {
        ChatRequest request = Read.valid(Read.message(message).replace("{\"model", "{" + fields + ",\"model"));
        ChatRequest.Prompt prompt = request.prompt();
        return bound(request, price, limits, Published.NOTHING).input()
                / (prompt.bytes() + 256 + prompt.images() + prompt.others());
    }

    @Test
    void anImageCountsForWhatItsProviderHasPublished() {
        var price = new Price(MILLION, MILLION, null, null);
        ChatRequest low = image("https://example.com/a.png");
        ChatRequest high = Read.valid(image("https://example.com/a.png", "high"));
        long text = low.prompt().bytes() + 256;

        assertThat(bound(low, price, Limits.UNKNOWN, Published.of(ProviderKind.OPENAI, "gpt-4o")).input())
                .isEqualTo(text + 85);
        assertThat(bound(high, price, Limits.UNKNOWN, Published.of(ProviderKind.OPENAI, "gpt-4o")).input())
                .isEqualTo(text + 85 + 8 * 170);
        assertThat(bound(high, price, new Limits(null, null, 50), Published.of(ProviderKind.OPENAI, "gpt-4o")).input())
                .as("what the settings say wins").isEqualTo(text + 50);
    }

    @Test
    void onlyOpenAisOwnModelsAreKnown() {
        assertThat(Published.of(ProviderKind.OPENAI_COMPATIBLE, "gpt-4o")).isEqualTo(Published.NOTHING);
        assertThat(Published.of(ProviderKind.OPENAI, "llama")).isEqualTo(Published.NOTHING);
        assertThat(Published.of(ProviderKind.OPENAI, "ft:gpt-4.1-mini-2025-04-14:acme::x").image()).isEqualTo(2_489);
        assertThat(Published.of(ProviderKind.OPENAI, "gpt-5-2025-08-07").image()).isEqualTo(1_190);
        assertThat(Published.of(ProviderKind.OPENAI, "gpt-5-nano").image()).isEqualTo(3_779);
        assertThat(Published.of(ProviderKind.OPENAI, "o3-2025-04-16").image()).isEqualTo(1_275);
        assertThat(Published.of(ProviderKind.OPENAI, "gpt-5.4").image()).isNull();
        assertThat(Published.of(ProviderKind.OPENAI, "gpt-5.4").vocabulary()).isEqualTo(EncodingType.O200K_BASE);
        assertThat(Published.of(ProviderKind.OPENAI, "gpt-4-turbo").vocabulary()).isEqualTo(EncodingType.CL100K_BASE);
    }

    @Test
    void whatIsNotPaidByTokensOfTextCannotBeBounded() {
        assertThat(unforeseeable("\"web_search_options\":{}")).isEqualTo("web_search_options");
        assertThat(unforeseeable("\"service_tier\":\"priority\"")).isEqualTo("service_tier");
        assertThat(unforeseeable("\"modalities\":[\"text\",\"audio\"]")).isEqualTo("audio");
        assertThat(unforeseeable("\"modalities\":[\"audio\"],\"audio\":{\"voice\":\"alloy\",\"format\":\"wav\"}"))
                .isEqualTo("audio");
        assertThat(unforeseeable("\"tools\":[{\"type\":\"openrouter:web_search\"}]")).isEqualTo("tools");
        bounded(Read.valid(Read.with("\"max_tokens\":1,\"service_tier\":\"flex\"")), Limits.UNKNOWN);
    }

    /** No provider of the dialect has counted more tokens in a recorded prompt than the bound allows. */
    @Test
    void holdsForRecordedRequests() throws IOException {
        Path wire = SharedFolder.find("PENSTOCK_WIRE", "wire");
        int compared = 0;
        try (var files = Files.walk(wire)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".request.json")).sorted().toList()) {
                long counted = counted(file);
                if (counted > 0 && ChatRequestReader
                        .read(Files.readAllBytes(file)) instanceof ChatRequestReader.Result.Valid(var request)
                        && request.terms().extra() == null && !request.terms().audioAnswer()) {
                    ChatRequest limited = request.limitedTo(1);
                    assertThat(bounded(limited, new Limits(null, null, 50_000)).bound().input()).as("%s", file)
                            .isGreaterThanOrEqualTo(counted * NANO);
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThan(80);
    }

    static long counted(Path request) throws IOException {
        String name = request.getFileName().toString().replace(".request.json", ".response.");
        long most = 0;
        for (String ending : new String[]{"json", "sse"}) {
            Path response = request.resolveSibling(name + ending);
            if (Files.exists(response)) {
                var counts = PROMPT_TOKENS.matcher(Files.readString(response, StandardCharsets.ISO_8859_1));
                while (counts.find()) {
                    most = Math.max(most, Long.parseLong(counts.group(1)));
                }
            }
        }
        return most;
    }

    private static Model model(Price price, Limits limits) {
        return new Model("m", "p", "m", price, limits, 0);
    }

    private static Bound bound(ChatRequest request, Price price, Limits limits, Published published) {
        return ((Estimate.Bounded) Estimate.of(request, model(price, limits), published, null)).bound();
    }

    private static Rates rates(long input, long output, Map<TokenClass, Long> others) {
        var known = new EnumMap<TokenClass, Long>(Map.of(TokenClass.INPUT, input * MILLION, TokenClass.OUTPUT,
                output * MILLION));
        others.forEach((one, rate) -> known.put(one, rate * MILLION));
        return new Rates(known);
    }

    private static ChatRequest image(String url) {
        return Read.valid(image(url, "low"));
    }

    private static String image(String url, String detail) {
        return Read.message("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"what?\"},"
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\",\"detail\":\"" + detail + "\"}}]}")
                .replace("{\"model", "{\"max_tokens\":1,\"model");
    }

    private static String unforeseeable(String fields) {
        var estimate = estimate(Read.valid(Read.with("\"max_tokens\":1," + fields)), Limits.UNKNOWN, null);
        assertThat(estimate).isInstanceOf(Estimate.Unforeseeable.class);
        return ((Estimate.Unforeseeable) estimate).parameter();
    }

    private static int limit(ChatRequest request, Integer models, Integer usual) {
        return ((Estimate.Bounded) estimate(request, new Limits(null, models, null), usual)).limit();
    }

    private static Estimate.Bounded bounded(ChatRequest request, Limits limits) {
        Estimate estimate = estimate(request, limits, null);
        assertThat(estimate).isInstanceOf(Estimate.Bounded.class);
        return (Estimate.Bounded) estimate;
    }

    private static Estimate estimate(ChatRequest request, Limits limits, Integer usual) {
        var price = new Price(A_DOLLAR_A_TOKEN, A_DOLLAR_A_TOKEN, null, null);
        return Estimate.of(request, model(price, limits), Published.NOTHING, usual);
    }
}
