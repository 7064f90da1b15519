package dev.penstock.dispatcher;

import dev.penstock.dispatcher.intake.Share;
import dev.penstock.dispatcher.policy.FairQueue;
import dev.penstock.dispatcher.policy.Slots;
import dev.penstock.dispatcher.provider.ProviderClient;
import dev.penstock.schemas.event.Lane;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What waits for one provider on one worker, the slots it waits for, and the client that calls. One event loop's. */
final class ProviderDesk {
    private final FairQueue<Job> queue;
    private final Slots slots;
    private final ProviderClient client;
    private final Consumer<Job> starter;
    private boolean pumping;

    /** @param starter takes on a job whose turn it is; the slot is taken already, and {@link #release} gives it back */
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

    /** How much of a tenant's lane waits. */
    int waiting(String tenant, Lane lane) {
        return queue.size(tenant, lane);
    }

    /** The worker's share of the provider's queue has changed. */
    void own(Share share) {
        slots.own(share.partitions(), share.of());
        pump();
    }

    void release() {
        slots.release();
        pump();
    }

    void drop(Predicate<Job> which) {
        queue.removeIf(which);
    }

    /** Not called within itself, however many jobs end as they begin. */
    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            while (queue.size() > 0 && slots.take()) {
                queue.poll(_ -> true).ifPresent(starter);
            }
        } finally {
            pumping = false;
        }
    }
}
