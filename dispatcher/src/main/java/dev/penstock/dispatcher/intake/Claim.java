package dev.penstock.dispatcher.intake;

import org.apache.kafka.common.TopicPartition;

/**
 * A partition while it is this worker's. The same partition assigned again is another claim, so that a late word about
 * the first is not taken for one about the second.
 *
 * @param epoch of the assignment, counted by this intake
 */
public record Claim(TopicPartition partition, int epoch) {}
