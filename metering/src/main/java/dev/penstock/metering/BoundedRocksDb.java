package dev.penstock.metering;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * Gives all stores of the process one block cache, write buffers counted in, so that their memory outside the heap
 * does not grow with the number of partitions. Kafka's own setting is 98 MB a store.
 *
 * @see <a href="https://kafka.apache.org/43/documentation/streams/developer-guide/memory-mgmt.html#rocksdb">RocksDB's
 *     memory</a>
 */
public final class BoundedRocksDb implements RocksDBConfigSetter {
    private static final long MEMORY = 32L << 20;
    private static final long WRITE_BUFFERS = 16L << 20;
    private static final long WRITE_BUFFER = 1L << 20;

    static {
        RocksDB.loadLibrary();
    }

    private static final Cache CACHE = new LRUCache(MEMORY);
    private static final WriteBufferManager BUFFERS = new WriteBufferManager(WRITE_BUFFERS, CACHE);

    /** For Kafka Streams, which makes one by name for each store. */
    public BoundedRocksDb() {}

    @Override
    public void setConfig(String store, Options options, Map<String, Object> config) {
        var table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(CACHE);
        table.setCacheIndexAndFilterBlocks(true);
        options.setTableFormatConfig(table);
        options.setWriteBufferManager(BUFFERS);
        options.setWriteBufferSize(WRITE_BUFFER);
    }

    /** Closes nothing: cache and buffers are the other stores' too. */
    @Override
    public void close(String store, Options options) {}
}
