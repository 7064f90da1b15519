package dev.penstock.ingress;

import dev.penstock.ingress.files.Bucket;
import dev.penstock.ingress.files.FileStore;
import dev.penstock.ingress.files.LocalFiles;
import dev.penstock.ingress.files.S3Files;
import dev.penstock.schemas.Topics;
import dev.penstock.schemas.catalog.Catalog;
import dev.penstock.schemas.ledger.Terms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an ingress is to run.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 for a free one
 * @param kafka properties of its Kafka clients, {@code bootstrap.servers} among them
 * @param topics of the installation
 * @param catalog providers, models and tenants
 * @param admins keys that may set caps: their ids by SHA-256 in lower-case hexadecimal
 * @param maxBodyBytes the largest request body it takes in
 * @param deadline how long an interactive request may take from its acceptance to its end
 * @param keepAlive how long a stream may be silent before a comment is sent to keep the connection open
 * @param eventLoops how many event loops serve connections
 * @param files the folder where the bytes of callers' files are, or with a bucket are while they are coming in
 * @param bucket where the bytes of files are instead; null for the folder
 * @param fileLimits how large they may be
 * @param batchLimits how large batches may be
 * @param spread over how many partitions of a queue the requests of one tenant go
 * @param window how many requests of a tenant wait on the queues at once, of all event loops together
 * @param idempotencyKeys how many Idempotency-Keys a tenant may use within 24 hours
 * @param terms to which it spends what the ledger grants
 */
public record IngressConfig(String host, int port, Map<String, String> kafka, Topics topics, Catalog catalog,
        Map<String, String> admins, int maxBodyBytes, Duration deadline, Duration keepAlive, int eventLoops,
        int spread, int window, Path files, @Nullable Bucket bucket, FileLimits fileLimits, BatchLimits batchLimits,
        int idempotencyKeys, Terms terms) {
    public IngressConfig {
        kafka = Map.copyOf(kafka);
        admins = Map.copyOf(admins);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port: " + port + " must be between 0 and 65535");
        }
        if (maxBodyBytes <= 0) {
            throw new IllegalArgumentException("maxBodyBytes: " + maxBodyBytes + " must be positive");
        }
        if (!deadline.isPositive()) {
            throw new IllegalArgumentException("deadline: " + deadline + " must be positive");
        }
        if (!keepAlive.isPositive()) {
            throw new IllegalArgumentException("keepAlive: " + keepAlive + " must be positive");
        }
        if (eventLoops <= 0) {
            throw new IllegalArgumentException("eventLoops: " + eventLoops + " must be positive");
        }
        if (spread <= 0) {
            throw new IllegalArgumentException("spread: " + spread + " must be positive");
        }
        if (window <= 0) {
            throw new IllegalArgumentException("window: " + window + " must be positive");
        }
    }

    /** The same, on another port. */
    public IngressConfig withPort(int other) {
        return new IngressConfig(host, other, kafka, topics, catalog, admins, maxBodyBytes, deadline, keepAlive,
                eventLoops, spread, window, files, bucket, fileLimits, batchLimits, idempotencyKeys, terms);
    }

    /** Where the bytes of files are. Blocks. */
    FileStore store() throws IOException {
        return bucket == null ? new LocalFiles(files) : new S3Files(bucket, files);
    }
}
