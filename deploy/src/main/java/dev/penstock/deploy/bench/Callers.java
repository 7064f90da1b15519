package dev.penstock.deploy.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * People who go on calling, some for streams and some for answers in one piece, while something else is done or not: how
 * long they waited with it and without. Its methods block.
 */
public final class Callers implements AutoCloseable {
    private static final int CONNECTIONS = 10_000;
    private static final int STREAMED_TOKENS = 50;
    private static final int WHOLE_TOKENS = 16;

    private final Vertx vertx;
    private final HttpClient client;
    private final List<Group> groups = new ArrayList<>();

    private record Group(String name, Target target, Plan plan, Findings alone, Findings beside) {
        Findings findings(boolean isBeside) {
            return isBeside ? beside : alone;
        }
    }

    /**
     * Callers of each of these targets.
     *
     * @param perSecond how many calls each of the two kinds makes of each target in a second
     * @param seconds how long a round is
     * @param millis how long the provider takes for an answer in one piece
     */
    public Callers(Vertx vertx, List<Target> targets, double perSecond, int seconds, long millis) {
        this.vertx = vertx;
        this.client = Round.client(vertx, CONNECTIONS);
        int requests = (int) (perSecond * seconds);
        for (Target target : targets) {
            groups.add(new Group("json, " + target.name(), target,
                    new Plan(false, requests, perSecond, millis, 0, WHOLE_TOKENS), new Findings(), new Findings()));
            groups.add(new Group("stream, " + target.name(), target,
                    new Plan(true, requests, perSecond, 50, 20, STREAMED_TOKENS), new Findings(), new Findings()));
        }
    }

    /** Plays a round of all of them at once. */
    public void play(boolean isBeside) {
        Future.all(groups.stream().map(group -> Round.play(vertx, client, group.target(), group.plan())
                .onSuccess(group.findings(isBeside)::add)).toList()).await();
    }

    /** Whether every answer was whole. */
    public boolean allWhole() {
        return groups.stream().allMatch(group -> group.alone().allWhole() && group.beside().allWhole());
    }

    /** The times until the answer, or the first token of a stream, in ms. */
    public String table() {
        var table = new StringBuilder(String.format(Locale.ROOT, "%-28s %7s %9s %9s %9s %9s %9s %9s%n", "", "calls",
                "p50 alone", "beside", "more", "p99 alone", "beside", "more"));
        for (Group group : groups) {
            table.append(String.format(Locale.ROOT, "%-28s %7d %s %s%n", group.name(), group.beside().requests(),
                    percentile(group, 50), percentile(group, 99)));
        }
        return table.toString();
    }

    private static String percentile(Group group, double percentile) {
        double alone = times(group, false).getValueAtPercentile(percentile) / 1e3;
        double beside = times(group, true).getValueAtPercentile(percentile) / 1e3;
        return String.format(Locale.ROOT, "%9.1f %9.1f %8.0f%%", alone, beside, (beside / alone - 1) * 100);
    }

    private static Histogram times(Group group, boolean isBeside) {
        Findings findings = group.findings(isBeside);
        return group.plan().stream() ? findings.ttft : findings.total;
    }

    @Override
    public void close() {
        client.close().await();
    }
}
