package dev.penstock.deploy.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** What a bench found, for people and for programs. Penstock's share is the difference of the two targets' percentiles. */
record Report(Profile profile, Plan plan, int rounds, String base, String measured, Findings direct,
        Findings penstock) {
    private static final String LAYOUT = "%-24s %12s %12s %12s%n";

    boolean allWhole() {
        return direct.allWhole() && penstock.allWhole();
    }

    String table() {
        var table = new StringBuilder(String.format(Locale.ROOT,
                "Profile %s: %d round(s) each of %d requests at %.0f/s, %d tokens an answer, %.0f ms apart%n%n",
                profile,
                rounds, plan.requests(), plan.perSecond(), plan.tokens(), plan.itlMillis()));
        table.append(String.format(LAYOUT, "", base, measured, "added"));
        for (var row : rows()) {
            table.append(String.format(LAYOUT, row.label, number(row.direct), number(row.penstock),
                    number(row.penstock - row.direct)));
        }
        return table.append(String.format(LAYOUT, "not whole", losses(direct), losses(penstock), "")).toString();
    }

    ObjectNode json() {
        var json = JsonNodeFactory.instance.objectNode().put("profile", profile.toString()).put("rounds", rounds)
                .put("requests", plan.requests()).put("requests_per_second", plan.perSecond())
                .put("tokens", plan.tokens()).put("itl_ms", plan.itlMillis());
        json.set("direct", json(direct, rows().stream().map(row -> row.direct).toList()));
        json.set("penstock", json(penstock, rows().stream().map(row -> row.penstock).toList()));
        json.set("added", numbers(rows().stream().map(row -> row.penstock - row.direct).toList()));
        return json;
    }

    private ObjectNode json(Findings findings, List<Double> numbers) {
        var json = numbers(numbers);
        var verdicts = json.putObject("verdicts");
        for (var verdict : Verdict.values()) {
            verdicts.put(verdict.name().toLowerCase(Locale.ROOT), findings.count(verdict));
        }
        return json;
    }

    /** What is not known is left out: JSON has no word for it. */
    private ObjectNode numbers(List<Double> numbers) {
        var json = JsonNodeFactory.instance.objectNode();
        var rows = rows();
        for (int i = 0; i < rows.size(); i++) {
            if (Double.isFinite(numbers.get(i))) {
                json.put(rows.get(i).label.replaceAll("\\W+", "_").toLowerCase(Locale.ROOT),
                        Math.round(numbers.get(i) * 1e3) / 1e3);
            }
        }
        return json;
    }

    private record Row(String label, double direct, double penstock) {}

    private List<Row> rows() {
        var rows = new ArrayList<Row>();
        if (plan.stream()) {
            addTimes(rows, "TTFT", direct.ttft, penstock.ttft, 50, 90, 99, 100);
        }
        addTimes(rows, "total", direct.total, penstock.total, 50, 90, 99, 100);
        if (plan.stream()) {
            addTimes(rows, "token gap", direct.gap, penstock.gap, 50, 99);
        }
        addTimes(rows, "client lag", direct.lag, penstock.lag, 99);
        rows.add(new Row("requests/s", direct.requestsPerSecond(), penstock.requestsPerSecond()));
        rows.add(new Row("tokens/s", direct.tokensPerSecond(), penstock.tokensPerSecond()));
        rows.add(new Row("CPU ms/request", direct.cpuMillisPerRequest(), penstock.cpuMillisPerRequest()));
        rows.add(new Row("CPU ms/1000 tokens", direct.cpuMillisPerThousandTokens(),
                penstock.cpuMillisPerThousandTokens()));
        rows.add(new Row("resident MiB", direct.used().residentMiB(), penstock.used().residentMiB()));
        rows.add(new Row("peak MiB", direct.used().peakMiB(), penstock.used().peakMiB()));
        return rows;
    }

    private static void addTimes(List<Row> rows, String what, Histogram direct, Histogram penstock,
            int... percentiles) {
        for (int percentile : percentiles) {
            rows.add(new Row(what + (percentile == 100 ? " max" : " p" + percentile) + " ms",
                    direct.getValueAtPercentile(percentile) / 1e3, penstock.getValueAtPercentile(percentile) / 1e3));
        }
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "-";
    }

    private static String losses(Findings findings) {
        return findings.allWhole() ? "none" : findings.losses();
    }
}
