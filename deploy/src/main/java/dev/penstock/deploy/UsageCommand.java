package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock usage}: what has been spent today, and its subcommands. */
@Command(name = "usage", mixinStandardHelpOptions = true, description = "Prints what was spent today, by model. Reads PENSTOCK_URL and PENSTOCK_API_KEY.")
final class UsageCommand implements Callable<Integer> {
    private final Caller caller;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    private UsageCommand(Caller caller) {
        this.caller = caller;
    }

    static CommandLine of(Caller caller) {
        return new CommandLine(new UsageCommand(caller)).addSubcommand(new Tail(caller))
                .addSubcommand(new Report(caller)).addSubcommand(new Export(caller));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        print(ApiClient.of(caller.environment()).get("/v1/usage?group_by=model"), List.of("model"),
                spec.commandLine().getOut());
        return 0;
    }

    private static void print(JsonNode usage, List<String> by, PrintWriter out) {
        String start = usage.path("start_date").asText();
        String end = usage.path("end_date").asText();
        out.printf("%s on %s%n", usage.path("tenant").asText(), start.equals(end) ? start : start + " to " + end);
        out.println(line("total", usage));
        usage.path("data").forEach(row -> out.println(line(
                by.stream().map(word -> row.path(word).asText()).collect(Collectors.joining("  ")), row)));
        out.flush();
    }

    private static String line(String name, JsonNode totals) {
        String unpriced = totals.path("unpriced_attempts").asLong() == 0 ? "" : " and more of unknown price";
        return String.format(Locale.ROOT, "%-40s %8d attempts %10d in %10d out  %s%s", name,
                totals.path("attempts").asLong(), totals.path("input_tokens").asLong(),
                totals.path("output_tokens").asLong(), dollars(totals), unpriced);
    }

    /** In full: a few tokens cost less than a millionth. */
    private static String dollars(JsonNode of) {
        JsonNode cost = of.path("cost_nano_usd");
        return cost.isNumber() ? "$" + BigDecimal.valueOf(cost.asLong(), 9).toPlainString() : "price unknown";
    }

    /** The days that are asked for. */
    static final class Days {
        @Option(names = "--start", paramLabel = "DATE", description = "The first day (the last one).")
        private @Nullable LocalDate start;

        @Option(names = "--end", paramLabel = "DATE", description = "The last day (today).")
        private @Nullable LocalDate end;

        /** As parameters of a query, each with a {@code &} before it. */
        String parameters() {
            return (start == null ? "" : "&start_date=" + start) + (end == null ? "" : "&end_date=" + end);
        }
    }

    /** {@code penstock usage report}. */
    @Command(name = "report", mixinStandardHelpOptions = true, description = "Prints what was spent on some days.")
    static final class Report implements Callable<Integer> {
        private final Caller caller;

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private Days days = new Days();

        @Option(names = "--by", split = ",", defaultValue = "day,model", description = "What to split by: day, key, model, provider, lane (${DEFAULT-VALUE}).")
        private List<String> by = List.of();

        Report(Caller caller) {
            this.caller = caller;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            String query = "/v1/usage?group_by=" + String.join(",", by) + days.parameters();
            print(ApiClient.of(caller.environment()).get(query), by, spec.commandLine().getOut());
            return 0;
        }
    }

    /** {@code penstock usage export}. */
    @Command(name = "export", mixinStandardHelpOptions = true, description = "Prints what was spent on some days as CSV: a row for each day, key, model, provider and lane.")
    static final class Export implements Callable<Integer> {
        private final Caller caller;

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private Days days = new Days();

        @Option(names = "--focus", description = "With the columns of the FinOps FOCUS specification.")
        private boolean focus;

        Export(Caller caller) {
            this.caller = caller;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            ApiClient client = ApiClient.of(caller.environment());
            String query = "/v1/usage?group_by=day,key,model,provider,lane" + days.parameters();
            PrintWriter out = spec.commandLine().getOut();
            if (focus) {
                FocusCsv.lines(client.get(query)).forEach(out::println);
            } else {
                out.println(client.text(query, "text/csv"));
            }
            out.flush();
            return 0;
        }
    }

    /** {@code penstock usage tail}. */
    @Command(name = "tail", mixinStandardHelpOptions = true, description = "Prints usage events as they come.")
    static final class Tail implements Callable<Integer> {
        private final Caller caller;

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Option(names = "--json", description = "Prints each event as a line of JSON.")
        private boolean json;

        Tail(Caller caller) {
            this.caller = caller;
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            PrintWriter out = spec.commandLine().getOut();
            ApiClient.of(caller.environment()).events("/v1/usage/stream", event -> {
                out.println(json ? event : line(event));
                out.flush();
            });
            return 0;
        }

        private static String line(String event) {
            JsonNode usage = ApiClient.parse(event);
            return String.format(Locale.ROOT, "%-24s %-24s %-12s %-10s %7d in %7d out  %s",
                    usage.path("ended_at").asText(), usage.path("model").asText(), usage.path("provider").asText(),
                    usage.path("end").asText(), usage.path("input_tokens").asLong(),
                    usage.path("output_tokens").asLong(), dollars(usage));
        }
    }
}
