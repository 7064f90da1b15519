package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.BatchApi;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lines that wait to be handed over together: of one batch, for one model of a provider. Confined to one thread. */
final class Gathering {
    /** Handed over at once; every API that there is takes more. Their starts are one transaction. */
    static final int MOST_LINES = 10_000;

    private final Of of;
    private final Map<Integer, Job> jobs = new LinkedHashMap<>();
    private long bytes;
    private Instant last = Instant.MIN;

    /** What they have in common; the model is named as the provider does. */
    record Of(String batchId, String provider, String model) {}

    Gathering(Of of) {
        this.of = of;
    }

    Of of() {
        return of;
    }

    void add(int line, Job job, Instant now) {
        if (jobs.put(line, job) == null) {
            bytes += size(job);
        }
        last = now;
    }

    /** By number, in the order they came. */
    Map<Integer, Job> jobs() {
        return jobs;
    }

    long bytes() {
        return bytes;
    }

    void remove(int line) {
        Job job = jobs.remove(line);
        if (job != null) {
            bytes -= size(job);
        }
    }

    /**
     * Whether it is time: the provider takes no more at once, or no line has come for so long.
     *
     * @param full no more can come
     */
    boolean isDue(Instant now, BatchApi api, Duration wait, boolean full) {
        return full || jobs.size() >= MOST_LINES || bytes >= api.mostBytes()
                || !now.isBefore(last.plus(wait));
    }

    static long size(Job job) {
        return job.envelope().getBody().remaining();
    }
}
