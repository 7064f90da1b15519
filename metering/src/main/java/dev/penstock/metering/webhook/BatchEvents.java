package dev.penstock.metering.webhook;

import dev.penstock.schemas.event.Batch;
import dev.penstock.schemas.event.BatchStatus;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * The ends of batches as webhooks are told of them. A runner writes the end of a batch once, in a transaction, and the
 * event's id follows from the batch's: so it is the same whoever tells of it.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/webhook-events/batch">OpenAI's batch events</a>
 */
final class BatchEvents {
    private static final String BATCH = "batch_";
    /** Of all ends that a batch can come to. */
    static final List<String> TYPES = Stream
            .of(BatchStatus.COMPLETED, BatchStatus.FAILED, BatchStatus.EXPIRED, BatchStatus.CANCELLED)
            .map(BatchEvents::type).toList();

    private BatchEvents() {}

    /** What there is to tell of a record of {@code penstock.batches}; null for one that is not a batch's end. */
    static @Nullable WebhookEvent of(SpecificRecord value) {
        if (!(value instanceof Batch batch)) {
            return null; // the wish to cancel one
        }
        Instant endedAt = batch.getEndedAt();
        String id = batch.getBatchId();
        return endedAt == null
                ? null
                : new WebhookEvent("evt_" + id.substring(BATCH.length()), type(batch.getStatus()), batch.getTenant(),
                        endedAt, json -> json.writeStringField("id", id));
    }

    private static String type(BatchStatus status) {
        return "batch." + status.name().toLowerCase(Locale.ROOT);
    }
}
