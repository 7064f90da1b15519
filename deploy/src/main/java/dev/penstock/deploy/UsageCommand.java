package dev.penstock.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code penstock usage}: what has been spent today; {@code penstock usage tail}: what is being spent. */
@Command(name = "usage", mixinStandardHelpOptions = true, description = "Prints today's spend. Reads PENSTOCK_URL and PENSTOCK_API_KEY.")
final class UsageCommand implements Callable<Integer> {
    private final Caller caller;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    UsageCommand(Caller caller) {
        this.caller = caller;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        JsonNode usage = ApiClient.of(caller.environment()).get("/v1/usage");
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%s on %s%n", usage.path("tenant").asText(), usage.path("day").asText());
        out.println(line("total", usage));
        usage.path("dimensions").forEach(part -> out.println(line(part.path("dimension").asText(), part)));
        out.flush();
        return 0;
    }

    private static String line(String name, JsonNode totals) {
        return String.format(Locale.ROOT, "%-40s %8d attempts %10d in %10d out  %s", name,
                totals.path("attempts").asLong(),
                totals.path("input_tokens").asLong(), totals.path("output_tokens").asLong(), dollars(totals));
    }

    private static String dollars(JsonNode of) {
        JsonNode cost = of.path("cost_nano_usd");
        return cost.isNumber() ? "$" + BigDecimal.valueOf(cost.asLong(), 9).toPlainString() : "price unknown";
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
