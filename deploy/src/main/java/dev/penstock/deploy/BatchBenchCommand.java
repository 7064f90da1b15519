package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.deploy.bench.Callers;
import dev.penstock.deploy.bench.DirectLines;
import dev.penstock.deploy.bench.Footprint;
import dev.penstock.deploy.bench.Target;
import dev.penstock.deploy.classify.Classification;
import dev.penstock.deploy.classify.PromptTemplate;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock bench batch}: how many lines a second a batch gets through beside the provider's own ceiling, and that none is lost. */
@Command(name = "batch", mixinStandardHelpOptions = true, description = "Classifies lines by a batch of a Penstock of its own, and by as many calls at a time to the provider directly; ends with 1 if a line is missing, doubled or failed.")
final class BatchBenchCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(250);
    private static final int POLLS_A_REPORT = 20;
    /** How many calls each kind of callers makes of each tenant in a second, and for how many seconds at a time. */
    private static final double CALLS = 15;
    private static final int CALLING = 10;
    private static final List<String> ENDS = List.of("completed", "failed", "expired", "cancelled");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--lines", defaultValue = "50000", paramLabel = "N", description = "How many (${DEFAULT-VALUE}).")
    private int lines;

    @Option(names = "--warmup", defaultValue = "3000", paramLabel = "N", description = "Lines of a batch before it that does not count (${DEFAULT-VALUE}).")
    private int warmup;

    @Option(names = "--concurrency", defaultValue = "64", paramLabel = "N", description = "Calls that the provider takes at a time (${DEFAULT-VALUE}).")
    private int concurrency;

    @Option(names = "--latency", defaultValue = "100", paramLabel = "MS", description = "How long it takes for a call (${DEFAULT-VALUE}).")
    private int latency;

    @Option(names = "--fault", paramLabel = "FAULT=PERCENT", description = "How often a fault of the simulator strikes, as in --fault 429=5 --fault drop=1 (none).")
    private Map<String, Double> faults = new LinkedHashMap<>();

    @Option(names = "--batch-share", defaultValue = "100", paramLabel = "PERCENT", description = "What of them batch may have (${DEFAULT-VALUE}).")
    private int batchShare;

    @Option(names = "--callers", paramLabel = "ROUNDS", description = "Measures instead how long interactive calls take, of the batch's tenant and of another, alone and beside a batch, in turns.")
    private int rounds;

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("penstock-batch");
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try (var rig = new BenchRig(new BenchRig.Provider("http", concurrency, batchShare, faults))) {
            return bench(vertx, rig, folder);
        } finally {
            vertx.close().await();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
            }
        }
    }

    private int bench(Vertx vertx, BenchRig rig, Path folder) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        ApiClient client = ApiClient.of(Map.of("PENSTOCK_URL", rig.penstock().baseUrl().toString(), "PENSTOCK_API_KEY",
                rig.penstock().apiKey()));
        if (warmup > 0) {
            Path input = input(folder, warmup);
            direct(vertx, rig.direct(), input, folder);
            run(client, rig.penstock(), input, warmup, out);
        }
        Path input = input(folder, lines);
        if (rounds > 0) {
            return beside(vertx, rig, client, input, out);
        }
        double direct = lines / direct(vertx, rig.direct(), input, folder);
        out.printf(Locale.ROOT, "directly: %,.0f lines/s%n", direct);
        out.flush();
        var footprint = new Footprint(rig.penstock().pid());
        long began = System.nanoTime();
        JsonNode batch = run(client, rig.penstock(), input, lines, out);
        double batched = lines / ((System.nanoTime() - began) / 1e9);
        Footprint.Used used = footprint.used();
        out.printf(Locale.ROOT, "batch: %,.0f lines/s, %.2f of it; %.2f CPU ms a line; %,.0f MiB resident, %,.0f at the"
                + " peak%n", batched, batched / direct, used.cpuMillis() / lines, used.residentMiB(), used.peakMiB());
        boolean whole = each(client, batch, folder, out);
        out.flush();
        return whole ? 0 : 1;
    }

    /** Each batch is cancelled when the round beside it is over; a round before them does not count. */
    private int beside(Vertx vertx, BenchRig rig, ApiClient client, Path input, PrintWriter out)
            throws IOException, InterruptedException {
        List<Target> targets = List.of(rig.penstock(), rig.capped());
        try (var first = new Callers(vertx, targets, CALLS, CALLING, latency)) {
            first.play(false);
        }
        try (var callers = new Callers(vertx, targets, CALLS, CALLING, latency)) {
            for (int round = 0; round < rounds; round++) {
                callers.play(false);
                JsonNode batch = submit(client, input);
                while (done(batch) == 0) {
                    batch = later(client, batch);
                }
                int before = done(batch);
                callers.play(true);
                batch = later(client, batch);
                out.printf(Locale.ROOT, "%nround %d, beside %,d lines of a batch that is %s%n%s", round + 1,
                        done(batch) - before, batch.path("status").asText(), callers.table());
                out.flush();
                client.post("/v1/batches/" + batch.path("id").asText() + "/cancel", ApiClient.JSON.createObjectNode());
                while (!isOver(batch)) {
                    batch = later(client, batch);
                }
            }
            return callers.allWhole() ? 0 : 1;
        }
    }

    private double direct(Vertx vertx, Target target, Path input, Path folder) throws IOException {
        List<Buffer> bodies;
        try (Stream<String> all = Files.lines(input)) {
            bodies = all.map(line -> Buffer.buffer(ApiClient.parse(line).path("body").toString())).toList();
        }
        try (OutputStream answers = new BufferedOutputStream(Files.newOutputStream(folder.resolve("direct.jsonl")))) {
            return DirectLines.play(vertx, target, concurrency, bodies, answers);
        }
    }

    /** From the upload to the batch's end. */
    private static JsonNode run(ApiClient client, Target penstock, Path input, int count, PrintWriter out)
            throws IOException, InterruptedException {
        JsonNode batch = submit(client, input);
        var footprint = new Footprint(penstock.pid());
        int before = 0;
        for (int polls = 1; !isOver(batch); polls++) {
            batch = later(client, batch);
            if (polls % POLLS_A_REPORT == 0) {
                out.printf(Locale.ROOT, "%,10d of %,d lines, %,6d/s, %,.0f MiB resident%n", done(batch), count,
                        (done(batch) - before) * 1000L / (POLL.toMillis() * POLLS_A_REPORT),
                        footprint.used().residentMiB());
                out.flush();
                before = done(batch);
            }
        }
        return batch;
    }

    private static JsonNode submit(ApiClient client, Path input) throws IOException, InterruptedException {
        String file = client.upload("/v1/files", input, "batch").path("id").asText();
        return client.post("/v1/batches", ApiClient.JSON.createObjectNode().put("input_file_id", file)
                .put("endpoint", "/v1/chat/completions").put("completion_window", "24h"));
    }

    private static JsonNode later(ApiClient client, JsonNode batch) throws IOException, InterruptedException {
        Thread.sleep(POLL);
        return client.get("/v1/batches/" + batch.path("id").asText());
    }

    private static boolean isOver(JsonNode batch) {
        return ENDS.contains(batch.path("status").asText());
    }

    private static int done(JsonNode batch) {
        return batch.at("/request_counts/completed").asInt() + batch.at("/request_counts/failed").asInt();
    }

    /** Tells whether each line is in the output once, and none elsewhere. */
    private boolean each(ApiClient client, JsonNode batch, Path folder, PrintWriter out)
            throws IOException, InterruptedException {
        var seen = new BitSet(lines);
        int found = 0;
        int failed = 0;
        for (String kind : List.of("output_file_id", "error_file_id")) {
            if (batch.path(kind).isTextual()) {
                Path file = folder.resolve(kind);
                client.download("/v1/files/" + batch.path(kind).asText() + "/content", file);
                try (Stream<String> all = Files.lines(file)) {
                    for (String line : (Iterable<String>) all::iterator) {
                        seen.set(Integer.parseInt(ApiClient.parse(line).path("custom_id").asText().substring(4)));
                        found++;
                        failed += kind.startsWith("error") ? 1 : 0;
                    }
                }
            }
        }
        int missing = lines - seen.cardinality();
        out.printf(Locale.ROOT, "%s: %,d lines came back, %,d failed, %,d missing, %,d doubled%n",
                batch.path("status").asText(), found, failed, missing, found - seen.cardinality());
        return found == lines && missing == 0 && failed == 0;
    }

    private Path input(Path folder, int count) throws IOException {
        Path rows = folder.resolve("rows.jsonl");
        try (BufferedWriter all = Files.newBufferedWriter(rows)) {
            for (int row = 0; row < count; row++) {
                all.write("{\"text\":\"The parcel came on day " + row % 30 + ", and what was in it is what I ordered,"
                        + " though number " + row + " of it was a little smaller than in the picture.\"}\n");
            }
        }
        Path input = folder.resolve("input.jsonl");
        new Classification(BenchRig.MODEL, new PromptTemplate("[[sim ttft=" + latency + " itl=0]] Is this review"
                + " positive, negative or neutral? {{text}}"), List.of("positive", "negative", "neutral"))
                .write(rows, input);
        return input;
    }
}
