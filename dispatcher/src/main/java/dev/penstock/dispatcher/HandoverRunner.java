package dev.penstock.dispatcher;

import dev.penstock.dispatcher.provider.BatchClient;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.catalog.Provider;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchCancel;
import dev.penstock.schemas.owner.Owner;
import dev.penstock.schemas.owner.OwnerClients;
import dev.penstock.schemas.owner.OwnerStep;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the group that hands lines of batches over to their providers' own batch APIs: it owns some partitions of
 * {@code penstock.handovers}, and drives what is in them. All of it is on the {@link Owner}'s thread, which may block, but
 * for the conversations with providers, each on a thread of its own.
 */
final class HandoverRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HandoverRunner.class);
    private static final Duration POLL = Duration.ofMillis(50);

    private final DispatcherConfig config;
    private final Topic<String, SpecificRecord> batches;
    private final Map<String, BatchClient> providers = new HashMap<>();
    private final ScheduledExecutorService thread = Owner.thread("penstock-handovers");
    private final Owner<HandoverPartition> owner;

    private HandoverRunner(DispatcherConfig config) {
        this.config = config;
        this.batches = config.topics().batches();
        for (Provider provider : config.catalog().providers().values()) {
            if (provider.kind().hasBatchApi()) { // what was handed over is collected, also where nothing more is to be
                providers.put(provider.name(), new BatchClient(provider, config.catalog()));
            }
        }
        this.owner = new Owner<>(config.kafka(), new OwnerClients.Topics(config.topics().handovers().name(),
                batches.name(), Map.of()), thread, new Handovers());
    }

    /** Starts a runner; null where no provider's batch API is to be used. */
    static @Nullable HandoverRunner start(DispatcherConfig config) {
        if (config.catalog().providers().values().stream().noneMatch(Provider::batchApi)) {
            return null;
        }
        var runner = new HandoverRunner(config);
        runner.owner.start();
        return runner;
    }

    /** Leaves the group; what providers have goes on, and is collected by whoever owns it then. Blocks. */
    @Override
    public void close() {
        owner.close();
    }

    /** Called on the thread. */
    private final class Handovers implements Owner.Work<HandoverPartition> {
        @Override
        public HandoverPartition own(int partition, OwnerClients kafka) {
            kafka.readBeside(partition);
            return new HandoverPartition(partition, config, kafka, providers, thread);
        }

        @Override
        public long round(OwnerClients kafka, Map<Integer, HandoverPartition> owned) {
            boolean settles = owned.values().stream().anyMatch(HandoverPartition::isBusy);
            kafka.poll(settles ? Duration.ofMillis(1) : POLL).forEach(message -> {
                HandoverPartition partition = owned.get(message.partition());
                if (partition != null) {
                    partition.take(message);
                }
            });
            kafka.pollBeside(Duration.ZERO).forEach(message -> takeBatch(owned.get(message.partition()), message));
            var step = new OwnerStep();
            Instant now = Instant.now();
            owned.values().forEach(partition -> partition.run(step, now));
            kafka.commit(step);
            return 0;
        }
    }

    private void takeBatch(@Nullable HandoverPartition partition, ConsumerRecord<byte[], byte[]> message) {
        if (partition == null || message.value() == null) {
            return;
        }
        try {
            switch (batches.value(message.value())) {
                case BatchCancel cancel -> partition.unwanted(cancel.getBatchId());
                case Batch batch -> {
                    boolean over = switch (batch.getStatus()) {
                        case VALIDATING, IN_PROGRESS -> false;
                        case FINALIZING, COMPLETED, FAILED, EXPIRED, CANCELLING, CANCELLED -> true;
                    };
                    if (over) {
                        partition.unwanted(batch.getBatchId());
                    }
                }
                default -> LOG.debug("a record of no kind that is known");
            }
        } catch (UnreadableEventException _) {
            LOG.warn("unreadable record at {}-{} offset {}", message.topic(), message.partition(), message.offset());
        }
    }
}
