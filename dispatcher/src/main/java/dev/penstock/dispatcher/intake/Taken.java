package dev.penstock.dispatcher.intake;

import org.apache.kafka.common.TopicPartition;

/**
 * A record that has been taken from a queue and has to be answered for.
 *
 * @param partition where it stood
 * @param offset where it stood
 * @param epoch of the partition's assignment; what is answered under an older one is ignored
 * @param key the tenant's name in UTF-8
 * @param value a request envelope in the Confluent wire format
 * @param timestamp when it was appended, in ms since 1970
 * @param inherited whether it was there when the partition was assigned, so that another worker may have begun with it
 */
public record Taken(TopicPartition partition, long offset, int epoch, byte[] key, byte[] value, long timestamp,
        boolean inherited) {}
