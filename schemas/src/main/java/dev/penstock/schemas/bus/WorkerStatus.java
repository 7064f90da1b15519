package dev.penstock.schemas.bus;

import java.util.List;

/**
 * How busy a worker is, for whoever chooses providers. Broadcast on {@link #ADDRESS} about once a second, and not at all
 * by a worker that is gone: one not heard of for some seconds says nothing any more.
 *
 * @param worker its bus address
 * @param providers those whose queues it has partitions of
 */
public record WorkerStatus(String worker, List<Seen> providers) implements BusMessage {
    /** Where it is published; every ingress listens there. */
    public static final String ADDRESS = "penstock.status";

    public WorkerStatus {
        providers = List.copyOf(providers);
    }

    /**
     * A provider, or a model of one, as it looks from this worker.
     *
     * @param provider by its name in the catalog
     * @param model as the provider names it; empty for the provider as a whole
     * @param quota calls that this worker may have open at once
     * @param free how many of them it may begin now; of a provider as a whole below 0 while so many more are open than
     *     the quota, begun before partitions went to another worker
     * @param waiting how many interactive requests wait for the provider
     * @param firstTokenMs milliseconds from a call to its first token, exponentially weighted; negative if unknown
     * @param open whether calls are kept away for a time: it fails, or said when to come again
     */
    public record Seen(String provider, String model, int quota, int free, int waiting, int firstTokenMs,
            boolean open) {}
}
