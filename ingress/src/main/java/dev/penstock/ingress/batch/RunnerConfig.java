package dev.penstock.ingress.batch;

import dev.penstock.ingress.files.FileStore;
import dev.penstock.schemas.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How batches are to be run.
 *
 * @param kafka properties of its Kafka clients, {@code bootstrap.servers} among them
 * @param topics of the installation
 * @param files where inputs are and outputs go
 * @param window how many lines of a job may be on a queue or at a provider at once
 * @param mostLines of an input
 * @param longestLine in bytes
 * @param cancelPatience how long lines in flight of a job that is cancelled are waited for
 * @param spread over how many partitions of a queue the lines of a tenant go
 * @param handsOver whether lines for a model, as callers name it, go to its provider's batch API: then they crowd no queue,
 *     and may all be fed at once, and a cancellation takes as long as the provider does
 * @param knowsModel whether the catalog has a model of that name
 */
public record RunnerConfig(Map<String, String> kafka, Topics topics, FileStore files, int window, int mostLines,
        int longestLine, Duration cancelPatience, int spread,
        Predicate<String> handsOver, Predicate<String> knowsModel) {
    public RunnerConfig {
        kafka = Map.copyOf(kafka);
        if (window <= 0 || mostLines <= 0 || longestLine <= 0) {
            throw new IllegalArgumentException("batches: the limits must be positive");
        }
    }
}
