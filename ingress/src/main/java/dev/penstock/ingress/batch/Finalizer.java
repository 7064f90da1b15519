package dev.penstock.ingress.batch;

import dev.penstock.ingress.files.FileStore;
import dev.penstock.schemas.Topic;
import dev.penstock.schemas.UnreadableEventException;
import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchLine;
import dev.penstock.schemas.event.BatchResult;
import dev.penstock.schemas.event.StoredFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files of a job from the log: of each line the first that came of it, in the order it came, and then why the
 * others were not executed. The files' ids follow from the batch's, so doing it again after a crash does no harm. Blocks;
 * runs on a thread of its own.
 */
final class Finalizer {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int BUFFER = 1 << 16;
    private static final long USUAL_EXPIRY_SECONDS = 30 * 86_400;

    /** Why lines were not executed. */
    record Omission(String code, String message) {}

    /** What was written; null for what would be empty. */
    record Written(@Nullable StoredFile output, @Nullable StoredFile errors) {}

    private final Map<String, String> kafka;
    private final Topic<String, BatchResult> results;
    private final FileStore store;
    private final int longestLine;

    Finalizer(Map<String, String> kafka, Topic<String, BatchResult> results, FileStore store, int longestLine) {
        this.kafka = kafka;
        this.results = results;
        this.store = store;
        this.longestLine = longestLine;
    }

    /**
     * Writes them.
     *
     * @param partition of the results that has the batch's
     * @param until offset there before which everything has been counted
     */
    Written write(Batch batch, int partition, long until, Omission omission) throws IOException {
        Path output = store.scratch();
        Path errors = store.scratch();
        var answered = new BitSet(batch.getTotal());
        try (OutputStream good = open(output); OutputStream bad = open(errors)) {
            copyResults(batch, new TopicPartition(results.name(), partition), until, answered, good, bad);
            if (answered.cardinality() < batch.getTotal()) {
                copyOmissions(batch, answered, omission, bad);
            }
        }
        return new Written(keep(batch, BatchIds.outputFile(batch.getBatchId()), output, "output"),
                keep(batch, BatchIds.errorFile(batch.getBatchId()), errors, "error"));
    }

    private void copyResults(Batch batch, TopicPartition source, long until, BitSet answered, OutputStream good,
            OutputStream bad)
            throws IOException {
        var properties = new HashMap<String, Object>(kafka);
        properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "penstock-ingress-batch-output");
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        try (var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(source));
            consumer.seek(source, batch.getFirstResult());
            while (consumer.position(source) < until) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
                    BatchResult result = read(message, batch.getBatchId());
                    if (result != null && message.offset() < until && !answered.get(result.getLine().getNumber())) {
                        answered.set(result.getLine().getNumber());
                        (result.getStatus() / 100 == 2 ? good : bad).write(OutputLine.of(result));
                    }
                }
            }
        }
    }

    private @Nullable BatchResult read(ConsumerRecord<byte[], byte[]> message, String batchId) {
        if (!results.key(message.key()).equals(batchId)) {
            return null;
        }
        try {
            return results.value(message.value());
        } catch (UnreadableEventException e) {
            return null; // nobody could have counted it either
        }
    }

    private void copyOmissions(Batch batch, BitSet answered, Omission omission, OutputStream bad) throws IOException {
        try (var lines = new InputLines(store.open(batch.getInputFileId(), 0), 0, longestLine)) {
            byte[] line;
            for (int number = 0; number < batch.getTotal() && (line = lines.next()) != null; number++) {
                if (!answered.get(number)
                        && LineReader.read(line, number + 1,
                                batch.getEndpoint()) instanceof LineReader.Result.Valid(String customId, _, _)) {
                    bad.write(OutputLine.notExecuted(new BatchLine(batch.getBatchId(), number, customId, 0L),
                            omission.code(), omission.message()));
                }
            }
        }
    }

    private @Nullable StoredFile keep(Batch batch, String id, Path scratch, String kind) throws IOException {
        long bytes = Files.size(scratch);
        if (bytes == 0) {
            Files.delete(scratch);
            return null;
        }
        store.put(id, scratch);
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Long seconds = batch.getOutputExpiresAfter();
        return new StoredFile(id, batch.getTenant(), batch.getBatchId() + "_" + kind + ".jsonl", "batch_output", bytes,
                now, now.plusSeconds(seconds == null ? USUAL_EXPIRY_SECONDS : seconds));
    }

    private static OutputStream open(Path path) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(path), BUFFER);
    }
}
