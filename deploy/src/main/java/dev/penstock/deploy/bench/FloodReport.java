package dev.penstock.deploy.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.deploy.bench.Burst.Sent;
import dev.penstock.deploy.bench.Flood.Found;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/** What a flood does to another tenant, round by round and in all rounds together, in ms. */
record FloodReport(Plan plan, List<Found> rounds) {
    private static final String LAYOUT = "%-12s%26s%26s%14s%10s%14s%n";

    boolean allWhole() {
        return rounds.stream().allMatch(round -> round.alone().allWhole() && round.arriving().allWhole()
                && round.beside().allWhole() && round.flood().whole() == round.flood().requests());
    }

    String table() {
        var table = new StringBuilder(String.format(Locale.ROOT,
                "Profile flood: a tenant's %d streams at %.0f/s, alone and while another has sent %d requests at once%n%n",
                plan.requests(), plan.perSecond(), rounds.getFirst().flood().requests()));
        table.append(String.format(LAYOUT, "", "TTFT p50, p99, max ms", "total p50, p99, max ms",
                "lag p99 ms", "CPU s/s", "not whole"));
        for (int i = 0; i < rounds.size(); i++) {
            add(table, Integer.toString(i + 1), rounds.get(i));
        }
        Found all = all();
        add(table, "all", all);
        Findings whole = all.arriving();
        whole.add(all.beside());
        return table.append(change("while it waits", all.alone(), all.beside()))
                .append(change("with its arrival", all.alone(), whole)).toString();
    }

    ObjectNode json() {
        Found all = all();
        var json = JsonNodeFactory.instance.objectNode().put("profile", "flood").put("rounds", rounds.size())
                .put("requests", plan.requests()).put("all_whole", allWhole());
        put(json.putObject("alone"), all.alone());
        put(json.putObject("arriving"), all.arriving());
        put(json.putObject("beside"), all.beside());
        return json;
    }

    private static void add(StringBuilder table, String name, Found found) {
        Sent flood = found.flood();
        table.append(line(name + " alone", found.alone())).append(line(name + " arriving", found.arriving()))
                .append(line(name + " beside", found.beside()))
                .append(String.format(Locale.ROOT, "%-12s%d of %d whole in %.1f s, CPU of their sender %.1f s%n",
                        name + " flood", flood.whole(), flood.requests(), flood.seconds(), flood.cpuMillis() / 1e3));
    }

    private static String line(String name, Findings findings) {
        return String.format(Locale.ROOT, LAYOUT, name, times(findings.ttft), times(findings.total),
                String.format(Locale.ROOT, "%.1f", millis(findings.lag, 99)),
                String.format(Locale.ROOT, "%.2f", findings.used().cpuMillis() / 1e3 / findings.seconds()),
                findings.allWhole() ? "none" : findings.losses());
    }

    private static String times(Histogram times) {
        return String.format(Locale.ROOT, "%.1f, %.1f, %.1f", millis(times, 50), millis(times, 99),
                millis(times, 100));
    }

    private static void put(ObjectNode json, Findings findings) {
        for (int percentile : new int[]{50, 99}) {
            json.put("ttft_p" + percentile + "_ms", millis(findings.ttft, percentile));
            json.put("total_p" + percentile + "_ms", millis(findings.total, percentile));
        }
    }

    private static String change(String when, Findings alone, Findings beside) {
        return String.format(Locale.ROOT, "p99 beside the flood, %s: TTFT %+.1f %%, total %+.1f %%%n", when,
                percent(alone.ttft, beside.ttft), percent(alone.total, beside.total));
    }

    private static double percent(Histogram alone, Histogram beside) {
        return (millis(beside, 99) / millis(alone, 99) - 1) * 100;
    }

    private static double millis(Histogram times, double percentile) {
        return times.getValueAtPercentile(percentile) / 1e3;
    }

    private Found all() {
        return new Found(sum(Found::alone), sum(Found::arriving), sum(Found::beside),
                rounds.stream().map(Found::flood).reduce(Sent.NOTHING, Sent::plus));
    }

    private Findings sum(Function<Found, Findings> which) {
        var sum = new Findings();
        rounds.stream().map(which).forEach(sum::add);
        return sum;
    }
}
