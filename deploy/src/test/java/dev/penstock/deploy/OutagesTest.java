package dev.penstock.deploy;

import static dev.penstock.deploy.RoutesBed.body;
import static dev.penstock.deploy.RoutesBed.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Providers that are down, or slow, for a while. */
@ExtendWith(RoutesBed.Shared.class)
class OutagesTest {
    /** How long all providers are down; {@code -Doutage=30} is the long form. */
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage", 3));

    private final RoutesBed bed;

    OutagesTest(RoutesBed bed) {
        this.bed = bed;
    }

    @BeforeEach
    void well() {
        bed.well();
    }

    @Test
    void aBatchLosesNothingWhileAllProvidersAreDownAndFinishesAfter(@TempDir Path folder) throws Exception {
        OpenAIClient openai = OpenAIOkHttpClient.builder().baseUrl(bed.url("")).apiKey(TestBed.KEY).maxRetries(0)
                .build();
        String lines = IntStream.range(0, 20).mapToObj(i -> "{\"custom_id\":\"" + i
                + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":" + body("smart", "") + "}\n")
                .collect(Collectors.joining());
        String input = openai.files().create(FileCreateParams.builder().purpose(FilePurpose.BATCH)
                .file(Files.writeString(folder.resolve("input.jsonl"), lines)).build()).id();
        int calls = bed.alpha.calls.get() + bed.beta.calls.get();
        bed.alpha.failing = true;
        bed.beta.failing = true;
        String id = openai.batches().create(BatchCreateParams.builder().inputFileId(input)
                .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                .completionWindow(BatchCreateParams.CompletionWindow._24H).build()).id();
        long until = System.nanoTime() + OUTAGE.toNanos();
        await().atMost(OUTAGE.plusSeconds(30)).until(() -> System.nanoTime() > until
                && bed.alpha.calls.get() + bed.beta.calls.get() >= calls + 4);
        bed.alpha.failing = false;
        bed.beta.failing = false;

        Batch done = await().atMost(Duration.ofMinutes(2)).until(() -> openai.batches().retrieve(id),
                batch -> batch.status().equals(Batch.Status.COMPLETED));
        assertThat(done.requestCounts().orElseThrow().completed()).isEqualTo(20);
        assertThat(done.requestCounts().orElseThrow().failed()).isZero();
        try (var output = openai.files().content(done.outputFileId().orElseThrow())) {
            String text = new String(output.body().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text.lines().map(line -> ApiClient.parse(line).path("custom_id").asInt()))
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20).boxed().toList());
        }
        openai.close();
    }

    @Test
    void latencyMovesTrafficAwayFromAProviderThatBecameSlowAndBack() throws Exception {
        bed.alpha.delayMs = 40;
        bed.beta.delayMs = 90;
        double before = secondsUntil(share -> share > 0.6);
        bed.alpha.delayMs = 300;
        double slow = secondsUntil(share -> share <= 0.1);
        bed.alpha.delayMs = 40;
        double after = secondsUntil(share -> share > 0.6);
        System.out.printf("traffic goes to the sooner one after %.1f s, away from the slow one after %.1f s, back after"
                + " %.1f s%n", before, slow, after);
        assertThat(slow).isLessThan(12.5); // within ten seconds, as a window of 2.5 s shows it
    }

    /** How long it takes, under load, until alpha answers a share of the requests that is as wanted. */
    private double secondsUntil(DoublePredicate wanted) {
        long start = System.nanoTime();
        await().atMost(Duration.ofSeconds(40)).pollInSameThread().pollInterval(Duration.ofMillis(1))
                .until(() -> wanted.test(load(2_500)));
        return (System.nanoTime() - start) / 1e9;
    }

    /** Streams at an even pace for so long; the share of them that alpha answered. */
    private double load(long ms) {
        long end = System.nanoTime() + ms * 1_000_000;
        var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        while (System.nanoTime() < end) {
            answers.add(
                    bed.http.sendAsync(bed.request("/chat/completions", TestBed.KEY, body("quick", ",\"stream\":true"),
                            Map.of()), BodyHandlers.ofString()));
            LockSupport.parkNanos(25_000_000);
        }
        List<String> providers = answers.stream().map(CompletableFuture::join)
                .map(answer -> header(answer, "x-penstock-provider")).toList();
        return (double) providers.stream().filter("alpha"::equals).count() / providers.size();
    }
}
