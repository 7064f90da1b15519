package dev.penstock.dispatcher;

import dev.penstock.dispatcher.policy.FairQueue;
import dev.penstock.dispatcher.policy.Slots;
import dev.penstock.dispatcher.provider.ProviderClient;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What waits for one provider on one worker, the slots it waits for, and the client that calls. One event loop's. */
final class ProviderDesk {
    private final FairQueue<Job> queue;
    private final Slots slots;
    private final ProviderClient client;
    private final Consumer<Job> starter;

    /** @param starter begins an attempt; the slot is taken already, and {@link #release} gives it back */
    ProviderDesk(FairQueue<Job> queue, Slots slots, ProviderClient client, Consumer<Job> starter) {
        this.queue = queue;
        this.slots = slots;
        this.client = client;
        this.starter = starter;
    }

    ProviderClient client() {
        return client;
    }

    /** Lets a job wait for its turn, which may be at once. False if its tenant has as much waiting as it may. */
    boolean offer(Job job) {
        boolean room = queue.offer(job.envelope().getTenant(), job.envelope().getLane(), job);
        pump();
        return room;
    }

    /** How much of a tenant waits. */
    int waiting(String tenant) {
        return queue.size(tenant);
    }

    /** The worker's share of the provider's partitions has changed. */
    void share(int owned, int partitions) {
        slots.share(owned, partitions);
        pump();
    }

    void release() {
        slots.release();
        pump();
    }

    void drop(Predicate<Job> which) {
        queue.removeIf(which);
    }

    private void pump() {
        while (!queue.isEmpty() && slots.tryTake()) {
            Job next = queue.poll();
            if (next == null) {
                slots.release();
                return;
            }
            starter.accept(next);
        }
    }
}
