package dev.penstock.metering;

import dev.penstock.schemas.event.AttemptEnded;
import java.time.Duration;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * Lets the first end of each attempt through, keyed by its tenant, and nothing else. An id is remembered for
 * {@link #RETENTION} from the first time it was seen, by the wall clock.
 *
 * <p>The ids lie in a plain key-value store, a point lookup in one RocksDB a partition. A window store would prune
 * itself, but keeps several RocksDBs open a partition, searches each of them for an id, and stops to forget when
 * traffic stops.
 */
final class Deduplicate extends ContextualProcessor<String, SpecificRecord, String, AttemptEnded> {
    static final String STORE = "ended-attempts";
    /** Far longer than a dispatcher may take to write an end again: it does so when it inherits a partition. */
    static final Duration RETENTION = Duration.ofDays(3);
    static final Duration PRUNE_EVERY = Duration.ofSeconds(10);
    /** Ids looked at in one run, some ten milliseconds: enough for 1,000 attempts a second on each partition. */
    static final int PRUNE_BATCH = 10_000;

    private KeyValueStore<String, Long> seenAt;
    private @Nullable String pruneFrom;

    static ProcessorSupplier<String, SpecificRecord, String, AttemptEnded> supplier() {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, SpecificRecord, String, AttemptEnded> get() {
                return new Deduplicate();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(),
                        Serdes.Long()));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, AttemptEnded> context) {
        super.init(context);
        seenAt = context.getStateStore(STORE);
        context.schedule(PRUNE_EVERY, PunctuationType.WALL_CLOCK_TIME, this::prune);
    }

    @Override
    public void process(Record<String, SpecificRecord> record) {
        if (record.value() instanceof AttemptEnded ended
                && seenAt.putIfAbsent(ended.getAttemptId(), context().currentSystemTimeMs()) == null) {
            context().forward(new Record<>(ended.getTenant(), ended, record.timestamp()));
        }
    }

    private void prune(long now) {
        long expired = now - RETENTION.toMillis();
        try (var entries = seenAt.range(pruneFrom, null)) {
            pruneFrom = null;
            for (int looked = 0; entries.hasNext(); looked++) {
                if (looked == PRUNE_BATCH) {
                    pruneFrom = entries.peekNextKey();
                    return;
                }
                var entry = entries.next();
                if (entry.value < expired) {
                    seenAt.delete(entry.key);
                }
            }
        }
    }
}
