package dev.penstock.dispatcher.intake;

import java.util.Set;

/**
 * What a worker owns of a topic.
 *
 * @param partitions numbers of those it owns; may be none
 * @param of how many the topic has
 */
public record Share(Set<Integer> partitions, int of) {
    public Share {
        partitions = Set.copyOf(partitions);
    }
}
