package dev.penstock.schemas;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.serialization.Serde;

/**
 * A topic together with how its keys and values are written, so that none can be used with the wrong serde.
 *
 * @param name the full name, prefix included
 * @param keys serde of the keys
 * @param values serde of the values
 */
public record Topic<K, V>(String name, Serde<K> keys, Serde<V> values) {
    /** A record for this topic, ready for a producer of bytes; the partition is chosen by the key. */
    public ProducerRecord<byte[], byte[]> record(K key, V value) {
        return new ProducerRecord<>(name, keyBytes(key), valueBytes(value));
    }

    /** A record for a given partition of this topic, ready for a producer of bytes. */
    public ProducerRecord<byte[], byte[]> record(int partition, K key, V value) {
        return new ProducerRecord<>(name, partition, keyBytes(key), valueBytes(value));
    }

    /** A record that has compaction forget a key. */
    public ProducerRecord<byte[], byte[]> tombstone(K key) {
        return new ProducerRecord<>(name, keyBytes(key), null);
    }

    /** As {@link #tombstone(Object)}, in a given partition. */
    public ProducerRecord<byte[], byte[]> tombstone(int partition, K key) {
        return new ProducerRecord<>(name, partition, keyBytes(key), null);
    }

    /** The partition that Kafka's own partitioner chooses for a key. */
    public int partition(K key, int partitions) {
        return BuiltInPartitioner.partitionForKey(keyBytes(key), partitions);
    }

    /** The key that a record of this topic has. */
    public K key(byte[] bytes) {
        return keys.deserializer().deserialize(name, bytes);
    }

    /** The value that a record of this topic holds. Throws {@link UnreadableEventException} if it is none. */
    public V value(byte[] bytes) {
        return values.deserializer().deserialize(name, bytes);
    }

    private byte[] keyBytes(K key) {
        return keys.serializer().serialize(name, key);
    }

    private byte[] valueBytes(V value) {
        return values.serializer().serialize(name, value);
    }
}
