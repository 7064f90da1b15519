package dev.penstock.deploy.bench;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * What was found about a target in one round or, added up, in several. Times are in microseconds; latencies count from the
 * scheduled time and only for answers that were whole. Used by one thread at a time.
 */
final class Findings {
    private static final int DIGITS = 3;

    /** Time to first token. */
    final Histogram ttft = new Histogram(DIGITS);
    final Histogram total = new Histogram(DIGITS);
    /** From one token to the next, as the client sees them. */
    final Histogram gap = new Histogram(DIGITS);
    /** How late the client itself was to send: what it adds to each latency. */
    final Histogram lag = new Histogram(DIGITS);
    private final Map<Verdict, Long> verdicts = new EnumMap<>(Verdict.class);
    private long tokens;
    private double seconds;
    private Footprint.Used used = Footprint.Used.NOTHING;

    void count(Verdict verdict, long tokens) {
        verdicts.merge(verdict, 1L, Long::sum);
        this.tokens += tokens;
    }

    /** What the round took as a whole. */
    void close(double seconds, Footprint.Used used) {
        this.seconds += seconds;
        this.used = used;
    }

    void add(Findings other) {
        ttft.add(other.ttft);
        total.add(other.total);
        gap.add(other.gap);
        lag.add(other.lag);
        other.verdicts.forEach((verdict, n) -> verdicts.merge(verdict, n, Long::sum));
        tokens += other.tokens;
        seconds += other.seconds;
        used = used.plus(other.used);
    }

    long requests() {
        return verdicts.values().stream().mapToLong(Long::longValue).sum();
    }

    long count(Verdict verdict) {
        return verdicts.getOrDefault(verdict, 0L);
    }

    boolean allWhole() {
        return requests() > 0 && count(Verdict.WHOLE) == requests();
    }

    /** What was not whole, in words; empty if all was. */
    String losses() {
        return Arrays.stream(Verdict.values()).filter(verdict -> verdict != Verdict.WHOLE && count(verdict) > 0)
                .map(verdict -> count(verdict) + " " + verdict.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .collect(Collectors.joining(", "));
    }

    double seconds() {
        return seconds;
    }

    double requestsPerSecond() {
        return requests() / seconds;
    }

    double tokensPerSecond() {
        return tokens / seconds;
    }

    double cpuMillisPerRequest() {
        return used.cpuMillis() / requests();
    }

    double cpuMillisPerThousandTokens() {
        return used.cpuMillis() * 1000 / tokens;
    }

    Footprint.Used used() {
        return used;
    }
}
