package dev.penstock.metering;

import dev.penstock.schemas.Topics;
import dev.penstock.schemas.event.Spend;
import dev.penstock.schemas.event.UsageEvent;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Keeps the sums of each tenant's days, and passes on each that changed. The day is the one that the usage says it
 * belongs to; the clock has no part in it. Sums are never forgotten: a late event could not be added to one.
 */
final class SpendTotals extends ContextualProcessor<String, UsageEvent, String, Spend> {
    static final String STORE = "spend-sums";

    private KeyValueStore<String, Spend> sums;

    static ProcessorSupplier<String, UsageEvent, String, Spend> supplier(Serde<Spend> serde) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<String, UsageEvent, String, Spend> get() {
                return new SpendTotals();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return Set.of(
                        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.String(), serde));
            }
        };
    }

    @Override
    public void init(ProcessorContext<String, Spend> context) {
        super.init(context);
        sums = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, UsageEvent> record) {
        Spend none = Spending.none(record.value());
        String key = Topics.spendKey(none);
        Spend before = sums.get(key);
        Spend after = Spending.add(before == null ? none : before, record.value());
        sums.put(key, after);
        context().forward(new Record<>(key, after, record.timestamp()));
    }
}
