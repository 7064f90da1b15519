package dev.penstock.ingress.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.schemas.catalog.Limits;
import dev.penstock.schemas.catalog.Model;
import dev.penstock.schemas.catalog.Price;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class EstimateTest {
    private static final long A_DOLLAR_A_TOKEN = 1_000_000_000_000_000L;
    private static final long NANO = 1_000_000_000;
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
    void whatIsNotPaidByTokensOfTextCannotBeBounded() {
        assertThat(unforeseeable("\"web_search_options\":{}")).isEqualTo("web_search_options");
        assertThat(unforeseeable("\"service_tier\":\"priority\"")).isEqualTo("service_tier");
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
                        && request.prompt().extra() == null) {
                    ChatRequest limited = request.limitedTo(1);
                    assertThat(bounded(limited, new Limits(null, null, 50_000)).bound().input()).as("%s", file)
                            .isGreaterThanOrEqualTo(counted * NANO);
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThan(80);
    }

    private static long counted(Path request) throws IOException {
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

    private static ChatRequest image(String url) {
        return Read.valid(Read.message("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"what?\"},"
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + url + "\",\"detail\":\"low\"}}]}")
                .replace("{\"model", "{\"max_tokens\":1,\"model"));
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
        return Estimate.of(request, new Model("m", "p", "m", price, limits, 0), usual);
    }
}
