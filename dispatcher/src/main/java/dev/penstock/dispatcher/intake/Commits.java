package dev.penstock.dispatcher.intake;

import java.util.Collection;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits what is answered: on the side while partitions are owned, at once when they are left. For the intake's thread only. */
final class Commits {
    private static final Logger log = LoggerFactory.getLogger(Commits.class);

    private final Consumer<byte[], byte[]> consumer;
    private final Holdings holdings;
    private final LongSupplier nanoTime;
    private boolean committing;
    private long lastCommit;

    Commits(Consumer<byte[], byte[]> consumer, Holdings holdings, LongSupplier nanoTime) {
        this.consumer = consumer;
        this.holdings = holdings;
        this.nanoTime = nanoTime;
        this.lastCommit = nanoTime.getAsLong() - Intake.COMMIT_INTERVAL.toNanos();
    }

    /** One commit at a time, so that a slow broker is not sent ever more of them and a late one overtakes none. */
    void ifDue() {
        long now = nanoTime.getAsLong();
        if (committing || now - lastCommit < Intake.COMMIT_INTERVAL.toNanos()) {
            return;
        }
        var offsets = holdings.toCommit(holdings.partitions());
        if (offsets.isEmpty()) {
            return;
        }
        committing = true;
        lastCommit = now;
        consumer.commitAsync(offsets, (_, failure) -> {
            committing = false;
            if (failure != null) {
                log.warn("Offsets were not committed, to be repeated: {}", failure.toString());
                holdings.notCommitted(offsets.keySet());
            }
        });
    }

    /** Commits what there is of partitions that are about to be left, in bounded time. */
    void last(Collection<TopicPartition> partitions) {
        if (committing) {
            holdings.notCommitted(partitions);
        }
        var offsets = holdings.toCommit(partitions);
        try {
            if (!offsets.isEmpty()) {
                Intake.despiteWakeup(() -> {
                    consumer.commitSync(offsets, Intake.CALL_TIMEOUT);
                    return offsets;
                });
            }
        } catch (KafkaException e) {
            log.warn("Offsets were not committed on leaving, their records will be repeated: {}", e.toString());
        }
    }
}
