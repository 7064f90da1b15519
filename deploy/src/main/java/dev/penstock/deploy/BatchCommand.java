package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.deploy.classify.Answers;
import dev.penstock.deploy.classify.Classification;
import dev.penstock.deploy.classify.LabelledRows;
import dev.penstock.deploy.classify.PromptTemplate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code penstock batch}: labels the rows of a file by a batch job, and tells of jobs. */
@Command(name = "batch", mixinStandardHelpOptions = true, description = "Labels the rows of a file by a batch job, and tells of jobs. Reads PENSTOCK_URL and PENSTOCK_API_KEY.")
final class BatchCommand implements Callable<Integer> {
    private static final List<String> ENDS = List.of("completed", "failed", "expired", "cancelled");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private BatchCommand() {}

    static CommandLine of(Caller caller) {
        return new CommandLine(new BatchCommand()).addSubcommand(new Submit(caller)).addSubcommand(new ListJobs(caller))
                .addSubcommand(new Get(caller)).addSubcommand(new Cancel(caller)).addSubcommand(new Results(caller));
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return 0;
    }

    private static boolean isOver(JsonNode batch) {
        return ENDS.contains(batch.path("status").asText());
    }

    private static String line(JsonNode batch) {
        JsonNode counts = batch.path("request_counts");
        return String.format(Locale.ROOT, "%s  %-11s %6d of %6d done, %d failed  $%s", batch.path("id").asText(),
                batch.path("status").asText(), counts.path("completed").asInt() + counts.path("failed").asInt(),
                counts.path("total").asInt(), counts.path("failed").asInt(), cost(batch));
    }

    private static String cost(JsonNode batch) {
        JsonNode cost = batch.path("usage").path("cost");
        return cost.isNumber() ? cost.decimalValue().toPlainString() : "0";
    }

    /** Waits for the end of a job, showing how far it is; then writes the rows with their labels, or why there are none. */
    private static int finish(ApiClient client, Caller caller, String id, Path rows, Path target, PrintWriter out)
            throws IOException, InterruptedException {
        JsonNode batch = client.get("/v1/batches/" + id);
        var progress = new BatchProgress(caller.terminal(), out);
        while (!isOver(batch)) {
            progress.show(batch);
            Thread.sleep(progress.pause());
            batch = client.get("/v1/batches/" + id);
        }
        progress.end(batch);
        out.println(line(batch));
        for (JsonNode error : batch.path("errors").path("data")) {
            out.println("line " + error.path("line").asText("-") + ": " + error.path("message").asText());
        }
        boolean any = results(client, batch, rows, target, out);
        out.flush();
        return any && batch.path("status").asText().equals("completed") ? 0 : 1;
    }

    private static boolean results(ApiClient client, JsonNode batch, Path rows, Path target, PrintWriter out)
            throws IOException, InterruptedException {
        var answers = new Answers();
        boolean any = false;
        for (String kind : List.of("output_file_id", "error_file_id")) {
            if (batch.path(kind).isTextual()) {
                Path file = Files.createTempFile("penstock-", ".jsonl");
                try {
                    client.download("/v1/files/" + batch.path(kind).asText() + "/content", file);
                    answers.read(file);
                    any = true;
                } finally {
                    Files.delete(file);
                }
            }
        }
        if (any) {
            int labelled = LabelledRows.write(rows, answers, target);
            out.println(labelled + " rows labelled in " + target);
        }
        return any;
    }

    /** A subcommand that calls a running Penstock. */
    abstract static class Client implements Callable<Integer> {
        final Caller caller;

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        private Client(Caller caller) {
            this.caller = caller;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            int code = call(ApiClient.of(caller.environment()), out);
            out.flush();
            return code;
        }

        abstract int call(ApiClient client, PrintWriter out) throws IOException, InterruptedException;
    }

    /** {@code penstock batch submit}. */
    @Command(name = "submit", mixinStandardHelpOptions = true, description = "Labels each row of a file. Run again with the same file it goes on where it was.")
    static final class Submit extends Client {
        @Parameters(paramLabel = "FILE", description = "The rows: a CSV file with a header (.csv), or lines of JSON.")
        private Path rows = Path.of("");

        @Option(names = "--model", required = true, description = "The model to ask.")
        private String model = "";

        @Option(names = "--prompt-template", required = true, paramLabel = "TEXT", description = "What to ask, with columns in double braces: \"Is this spam? {{text}}\". @FILE reads it from a file.")
        private String template = "";

        @Option(names = "--labels", split = ",", description = "The labels to choose from; none: any text.")
        private List<String> labels = List.of();

        @Option(names = "--budget", paramLabel = "DOLLARS", description = "What the job may cost.")
        private @Nullable String budget;

        @Option(names = "--wait", description = "Shows how far it is, and writes the results at its end.")
        private boolean wait;

        @Option(names = "--output", paramLabel = "FILE", description = "Where to: .csv, .avro, else lines of JSON (beside the rows).")
        private @Nullable Path output;

        Submit(Caller caller) {
            super(caller);
        }

        @Override
        int call(ApiClient client, PrintWriter out) throws IOException, InterruptedException {
            Path note = rows.resolveSibling(rows.getFileName() + ".batch");
            String id = Files.exists(note) ? Files.readString(note).strip() : submit(client, note);
            out.println(line(client.get("/v1/batches/" + id)));
            if (!wait) {
                return 0;
            }
            int code = finish(client, caller, id, rows, target(), out);
            Files.deleteIfExists(note);
            return code;
        }

        private String submit(ApiClient client, Path note) throws IOException, InterruptedException {
            String prompt = template.startsWith("@") ? Files.readString(Path.of(template.substring(1))) : template;
            Path input = Files.createTempFile("penstock-", ".jsonl");
            try {
                int lines = new Classification(model, new PromptTemplate(prompt), labels).write(rows, input);
                if (lines == 0) {
                    throw new IOException(rows + " has no rows");
                }
                JsonNode file = client.upload("/v1/files", input, "batch");
                ObjectNode wanted = ApiClient.JSON.createObjectNode().put("input_file_id", file.path("id").asText())
                        .put("endpoint", "/v1/chat/completions").put("completion_window", "24h").put("budget", budget);
                wanted.putObject("metadata").put("rows", String.valueOf(rows.getFileName()));
                String id = client.post("/v1/batches", wanted).path("id").asText();
                Files.writeString(note, id + "\n");
                return id;
            } finally {
                Files.delete(input);
            }
        }

        private Path target() {
            String name = String.valueOf(rows.getFileName());
            return output == null ? rows.resolveSibling(name.replaceFirst("(\\.\\w+)$", ".labelled$1")) : output;
        }
    }

    /** {@code penstock batch list}. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the jobs, the newest first.")
    static final class ListJobs extends Client {
        ListJobs(Caller caller) {
            super(caller);
        }

        @Override
        int call(ApiClient client, PrintWriter out) throws IOException, InterruptedException {
            client.get("/v1/batches?limit=100").path("data")
                    .forEach(batch -> out.println(line(batch)));
            return 0;
        }
    }

    /** {@code penstock batch get}. */
    @Command(name = "get", mixinStandardHelpOptions = true, description = "Tells of a job, in JSON.")
    static final class Get extends Client {
        @Parameters(paramLabel = "BATCH", description = "Its id.")
        private String id = "";

        Get(Caller caller) {
            super(caller);
        }

        @Override
        int call(ApiClient client, PrintWriter out) throws IOException, InterruptedException {
            out.println(client.get("/v1/batches/" + id).toPrettyString());
            return 0;
        }
    }

    /** {@code penstock batch cancel}. */
    @Command(name = "cancel", mixinStandardHelpOptions = true, description = "Cancels a job; what it has can be had all the same.")
    static final class Cancel extends Client {
        @Parameters(paramLabel = "BATCH", description = "Its id.")
        private String id = "";

        Cancel(Caller caller) {
            super(caller);
        }

        @Override
        int call(ApiClient client, PrintWriter out) throws IOException, InterruptedException {
            out.println(line(client.post("/v1/batches/" + id + "/cancel",
                    ApiClient.JSON.createObjectNode())));
            return 0;
        }
    }

    /** {@code penstock batch results}. */
    @Command(name = "results", mixinStandardHelpOptions = true, description = "Waits for the end of a job and writes the rows with their labels.")
    static final class Results extends Client {
        @Parameters(paramLabel = "BATCH", description = "Its id.")
        private String id = "";

        @Option(names = "--rows", required = true, paramLabel = "FILE", description = "The file that was submitted.")
        private Path rows = Path.of("");

        @Option(names = "--output", required = true, paramLabel = "FILE", description = "Where to: .csv, .avro, else lines of JSON.")
        private Path output = Path.of("");

        Results(Caller caller) {
            super(caller);
        }

        @Override
        int call(ApiClient client, PrintWriter out) throws IOException, InterruptedException {
            return finish(client, caller, id, rows, output, out);
        }
    }
}
