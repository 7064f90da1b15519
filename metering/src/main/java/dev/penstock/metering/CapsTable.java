package dev.penstock.metering;

import dev.penstock.schemas.Topic;
import dev.penstock.schemas.event.AccountCap;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Keeps the caps that were set at run time, all of them in every instance, as the topic has them. */
final class CapsTable extends ContextualProcessor<String, AccountCap, Void, Void> {
    private static final String SOURCE = "caps-source";
    private static final String TABLE = "caps-table";

    private KeyValueStore<String, AccountCap> caps;

    private CapsTable() {}

    static void add(Topology topology, Topic<String, AccountCap> topic) {
        var store = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(Ledger.CAPS), topic.keys(), topic.values())
                .withLoggingDisabled();
        topology.addGlobalStore(store, SOURCE, topic.keys().deserializer(), topic.values().deserializer(),
                topic.name(), TABLE, CapsTable::new);
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        caps = context.getStateStore(Ledger.CAPS);
    }

    @Override
    public void process(Record<String, AccountCap> record) {
        caps.put(record.key(), record.value());
    }
}
