package dev.penstock.dispatcher.intake;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record that waits for its answer.
 *
 * @param inherited it lay in the partition when this worker was given it, so another may have begun to work on it
 */
public record Taken(Claim claim, boolean inherited, ConsumerRecord<byte[], byte[]> record) {}
