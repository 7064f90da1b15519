package dev.penstock.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.HttpResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import dev.penstock.schemas.event.AttemptEnd;
import dev.penstock.schemas.event.BatchStatus;
import dev.penstock.schemas.event.UsageEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Files and batches, by OpenAI's own SDK, on real Kafka. */
@TestInstance(Lifecycle.PER_CLASS)
class BatchesTest {
    private Path folder;
    private TestBed bed;
    private OpenAIClient openai;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        bed = new TestBed(folder);
        openai = OpenAIOkHttpClient.builder().baseUrl(bed.url()).apiKey(TestBed.KEY).maxRetries(0).build();
    }

    @AfterAll
    void stop() {
        openai.close();
        bed.close();
    }

    @Test
    void aFileComesBackAsItWasAndGoesWhenItIsDeleted() throws Exception {
        byte[] content = "one\ntwo\nthree\n".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        FileObject file = openai.files()
                .create(FileCreateParams.builder().file(Files.write(folder.resolve("numbers.txt"), content))
                        .purpose(FilePurpose.USER_DATA).build());

        assertThat(file.bytes()).isEqualTo(content.length);
        assertThat(openai.files().retrieve(file.id()).filename()).isEqualTo("numbers.txt");
        assertThat(openai.files().list().autoPager().stream().map(FileObject::id)).contains(file.id());
        assertThat(content(file.id())).isEqualTo(content);
        var part = bed.http.send(HttpRequest.newBuilder(URI.create(bed.url() + "/files/" + file.id() + "/content"))
                .header("authorization", "Bearer " + TestBed.KEY).header("range", "bytes=4-6").build(),
                BodyHandlers.ofString());
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("two");
        assertThat(part.headers().firstValue("content-range")).hasValue("bytes 4-6/" + content.length);

        assertThat(openai.files().delete(file.id()).deleted()).isTrue();
        assertThatThrownBy(() -> openai.files().retrieve(file.id())).isInstanceOf(NotFoundException.class);
    }

    /** With {@code -Dbatch.lines=50000} as many as OpenAI takes. */
    @Test
    void everyLineIsAnsweredExactlyOnceByAProviderThatOftenFails() throws Exception {
        int lines = Integer.getInteger("batch.lines", 1_000);
        bed.strike(Map.of("429", 5.0, "503", 2.0, "drop", 1.0));
        Batch batch;
        try {
            batch = run(batch(upload(lines, BatchesTest::answerable)), Duration.ofMinutes(1 + lines / 1_000));
        } finally {
            bed.strike(Map.of());
        }

        assertThat(batch.status()).isEqualTo(Batch.Status.COMPLETED);
        assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(lines);
        List<JsonNode> output = lines(batch.outputFileId().orElseThrow());
        assertThat(output.stream().map(line -> line.path("custom_id").asText()).sorted().toList())
                .isEqualTo(ids(lines).stream().sorted().toList());
        assertThat(output).allMatch(line -> line.path("response").path("status_code").asInt() == 200
                && !line.path("response").path("body").path("choices").get(0).path("message").path("content").asText()
                        .isBlank()
                && line.path("error").isNull());
        assertThat(batch.errorFileId()).isEmpty();
        long sum = output.stream().mapToLong(
                line -> line.path("response").path("body").path("usage").path("completion_tokens").asLong()).sum();
        assertThat(batch.usage().orElseThrow().outputTokens()).isEqualTo(sum);
        String own = batch.id().substring("batch_".length());
        await().atMost(Duration.ofSeconds(30)).until(() -> bed.read(bed.settings.topics().usage()).stream()
                .filter(event -> event.getRequestId().contains(own) && event.getEnd() == AttemptEnd.COMPLETED)
                .map(UsageEvent::getRequestId).distinct().count() == lines);
    }

    @Test
    void linesThatFailAreInTheErrorFile() throws Exception {
        Batch batch = run(batch(upload(30, i -> switch (i % 3) {
            case 0 -> answerable(i);
            case 1 -> line("line-" + i, "[[sim fault=400]] no");
            default -> line("line-" + i, "yes").replace("\"max_tokens\":3", "\"temperature\":99");
        })));

        assertThat(batch.status()).isEqualTo(Batch.Status.COMPLETED);
        assertThat(batch.requestCounts().orElseThrow().failed()).isEqualTo(20);
        List<JsonNode> errors = lines(batch.errorFileId().orElseThrow());
        assertThat(errors).hasSize(20).allSatisfy(line -> {
            assertThat(line.path("response").path("status_code").asInt()).isGreaterThanOrEqualTo(400);
            assertThat(line.path("response").path("body").path("error").path("message").asText()).isNotBlank();
            assertThat(line.path("error").isNull()).isTrue();
        });
        assertThat(lines(batch.outputFileId().orElseThrow())).hasSize(10);
    }

    @Test
    void everyBadLineIsTold() throws Exception {
        Batch batch = run(batch(upload(5, i -> switch (i) {
            case 1 -> "{not json";
            case 2 -> line("line-0", "again");
            case 3 -> line("line-3", "x").replace("/v1/chat/completions", "/v1/embeddings");
            default -> answerable(i);
        })));

        assertThat(batch.status()).isEqualTo(Batch.Status.FAILED);
        assertThat(batch.errors().orElseThrow().data().orElseThrow())
                .extracting(error -> error.code().orElseThrow() + " " + error.line().orElseThrow())
                .containsExactly("invalid_json_line 2", "duplicate_custom_id 3", "invalid_url 4");
        assertThat(batch.outputFileId()).isEmpty();
    }

    @Test
    void aCancelledBatchGivesWhatItHas() throws Exception {
        Batch batch = batch(upload(3_500, i -> line("line-" + i, "[[sim tokens=3 ttft=1000 itl=1]] slow")));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> openai.batches().retrieve(batch.id()).requestCounts().orElseThrow().completed() > 100);
        openai.batches().cancel(batch.id());
        assertThat(openai.batches().retrieve(batch.id()).status()).isNotEqualTo(Batch.Status.IN_PROGRESS);

        Batch ended = run(batch);
        assertThat(ended.status()).isEqualTo(Batch.Status.CANCELLED);
        assertThat(ended.cancelledAt().orElseThrow() - ended.cancellingAt().orElseThrow()).isLessThan(10);
        List<JsonNode> output = lines(ended.outputFileId().orElseThrow());
        assertThat(output.size()).isEqualTo((int) ended.requestCounts().orElseThrow().completed()).isBetween(100,
                3_499);
        List<JsonNode> errors = lines(ended.errorFileId().orElseThrow());
        assertThat(output.size() + errors.size()).isEqualTo(3_500);
        assertThat(errors.getLast().path("error").path("code").asText()).isEqualTo("batch_cancelled");
        assertThat(errors.getLast().path("response").isNull()).isTrue();
    }

    @Test
    void whatTheCompletionWindowLeavesUndoneIsInTheErrorFile() throws Exception {
        String file = upload(40, i -> i < 25 ? answerable(i) : line("line-" + i, "[[sim ttft=60000]] too slow"));
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        String id = "batch_" + UUID.randomUUID().toString().replace("-", "");
        write(dev.penstock.schemas.event.Batch.newBuilder().setBatchId(id).setTenant("default").setKeyId("default")
                .setEndpoint("/v1/chat/completions").setInputFileId(file).setCompletionWindow("24h")
                .setStatus(BatchStatus.VALIDATING).setCreatedAt(now).setExpiresAt(now.plusSeconds(4)).build());

        Batch batch = run(openai.batches().retrieve(id));
        assertThat(batch.status()).isEqualTo(Batch.Status.EXPIRED);
        assertThat(batch.expiredAt().orElseThrow()).isGreaterThanOrEqualTo(batch.expiresAt().orElseThrow());
        assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(25);
        assertThat(batch.requestCounts().orElseThrow().failed()).isEqualTo(15);
        assertThat(lines(batch.outputFileId().orElseThrow())).extracting(line -> line.path("custom_id").asText())
                .containsExactlyInAnyOrderElementsOf(ids(25));
        assertThat(lines(batch.errorFileId().orElseThrow()))
                .allMatch(line -> line.path("response").isNull()
                        && line.path("error").path("code").asText().equals("batch_expired"))
                .extracting(line -> line.path("custom_id").asText())
                .containsExactlyInAnyOrderElementsOf(ids(40).subList(25, 40));
    }

    /** As an ingress does that is asked for a batch, but with a window of its own. */
    private void write(dev.penstock.schemas.event.Batch batch) throws Exception {
        try (var producer = new KafkaProducer<>(Map.of("bootstrap.servers", bed.kafka), new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(bed.settings.topics().batches().record(batch.getBatchId(), batch)).get();
        }
    }

    @Test
    void aBudgetEndsABatch() throws Exception {
        Batch batch = run(openai.batches().create(BatchCreateParams.builder().inputFileId(upload(400,
                BatchesTest::answerable)).endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                .completionWindow(BatchCreateParams.CompletionWindow._24H)
                .putAdditionalBodyProperty("budget", JsonValue.from("0.0008")).build()));

        assertThat(batch.status()).isEqualTo(Batch.Status.COMPLETED);
        double cost = ApiClient.JSON.readTree(bed.http.send(HttpRequest
                .newBuilder(URI.create(bed.url() + "/batches/" + batch.id()))
                .header("authorization", "Bearer " + TestBed.KEY).build(), BodyHandlers.ofString()).body())
                .path("usage").path("cost").asDouble();
        assertThat(cost).isBetween(0.0006, 0.0008);
        assertThat(lines(batch.errorFileId().orElseThrow()).getLast().path("error").path("code").asText())
                .isEqualTo("budget_exceeded");
    }

    @Test
    void theCommandLabelsTheRowsOfAFile() throws Exception {
        Path rows = Files.writeString(folder.resolve("rows.csv"), "id,text\n" + IntStream.range(0, 50)
                .mapToObj(i -> i + ",\"[[sim ttft=1]] text, " + i + "\"").collect(Collectors.joining("\n")));
        var caller = new Caller(Map.of("PENSTOCK_URL", bed.url(), "PENSTOCK_API_KEY", TestBed.KEY),
                InputStream.nullInputStream(), false);

        var run = FakePenstock.run(caller, "batch", "submit", rows.toString(), "--model", "sim-small",
                "--prompt-template", "Spam or ham? {{text}}", "--labels", "spam,ham", "--wait");

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("completed", "50 rows labelled in ");
        List<String> labelled = Files.readAllLines(folder.resolve("rows.labelled.csv"));
        assertThat(labelled).hasSize(51).first().isEqualTo("id,text,label,error");
        assertThat(labelled.subList(1, 51)).allMatch(row -> row.contains(",spam,") || row.contains(",ham,"));
        assertThat(FakePenstock.run(caller, "batch", "list").out()).contains("completed", "50 of");
    }

    private static String answerable(int i) {
        return line("line-" + i, "[[sim tokens=3 ttft=1 itl=0]] Is line " + i + " spam?");
    }

    private static String line(String id, String text) {
        return "{\"custom_id\":\"" + id + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
                + "{\"model\":\"sim-small\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"" + text
                + "\"}]}}";
    }

    private static List<String> ids(int lines) {
        return IntStream.range(0, lines).mapToObj(i -> "line-" + i).toList();
    }

    private String upload(int lines, IntFunction<String> line) throws IOException {
        String content = IntStream.range(0, lines).mapToObj(line).collect(Collectors.joining("\n"));
        return openai.files()
                .create(FileCreateParams.builder().file(Files.writeString(folder.resolve("in.jsonl"), content))
                        .purpose(FilePurpose.BATCH).build())
                .id();
    }

    private Batch batch(String file) {
        Batch batch = openai.batches()
                .create(BatchCreateParams.builder().inputFileId(file)
                        .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                        .completionWindow(BatchCreateParams.CompletionWindow._24H).build());
        assertThat(batch.status()).isEqualTo(Batch.Status.VALIDATING);
        return batch;
    }

    private Batch run(Batch batch) {
        return run(batch, Duration.ofSeconds(60));
    }

    private Batch run(Batch batch, Duration most) {
        var last = new Batch[]{batch};
        await().atMost(most).until(() -> {
            last[0] = openai.batches().retrieve(batch.id());
            return List.of(Batch.Status.COMPLETED, Batch.Status.FAILED, Batch.Status.CANCELLED, Batch.Status.EXPIRED)
                    .contains(last[0].status());
        });
        return last[0];
    }

    private List<JsonNode> lines(String file) throws IOException {
        var lines = new ArrayList<JsonNode>();
        for (String line : new String(content(file), StandardCharsets.UTF_8).split("\n")) {
            lines.add(ApiClient.JSON.readTree(line));
        }
        return lines;
    }

    private byte[] content(String file) throws IOException {
        try (HttpResponse response = openai.files().content(file)) {
            return response.body().readAllBytes();
        }
    }
}
